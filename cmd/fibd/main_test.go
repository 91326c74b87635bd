package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/corering/corering/internal/backend/backendtest"
	"golang.org/x/sys/unix"
)

// The program is tested from outside: TestMain builds it once, and tests start
// it as a process.

// program is the path of the binary.
var program string

// testVersion is stamped into the binary.
const testVersion = "1.2.3-test"

// As a launcher, the test binary does something to itself that cannot be undone
// and becomes its arguments. The environment says what.
const (
	launchRefuse = "LAUNCH_REFUSE_IO_URING" // errno that io_uring_setup answers
	launchFiles  = "LAUNCH_RLIMIT_NOFILE"   // limit of descriptors, soft and hard
)

func TestMain(m *testing.M) {
	if os.Getenv(launchRefuse) != "" || os.Getenv(launchFiles) != "" {
		fmt.Fprintln(os.Stderr, launch())
		os.Exit(3)
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fibd")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "fibd")
	args := []string{"build", "-o", program, "-ldflags=-checklinkname=0 -X main.version=" + testVersion}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go %s: %v\n%s", strings.Join(args, " "), err, out)
		return 1
	}
	return m.Run()
}

// launch returns only if it fails.
func launch() error {
	if number := os.Getenv(launchRefuse); number != "" {
		errno, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		if err := backendtest.RefuseIoUring(unix.Errno(errno)); err != nil {
			return err
		}
	}
	if number := os.Getenv(launchFiles); number != "" {
		limit, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return err
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	return unix.Exec(os.Args[1], os.Args[1:], without(os.Environ(), "LAUNCH_"))
}

// without returns the environment without variables whose names begin so.
func without(environ []string, prefix string) []string {
	var kept []string
	for _, variable := range environ {
		if !strings.HasPrefix(variable, prefix) {
			kept = append(kept, variable)
		}
	}
	return kept
}
