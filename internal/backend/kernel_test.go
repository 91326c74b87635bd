package backend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/corering/corering/internal/backend/backendtest"
	"github.com/corering/corering/internal/ioring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// These tests ask a kernel that truly refuses. That cannot be undone, so each
// runs in a child: this test binary again, told by the environment what to do
// to itself before it picks.
const (
	childRefuse = "BACKEND_TEST_REFUSE" // errno that io_uring_setup answers
	childFiles  = "BACKEND_TEST_FILES"  // RLIMIT_NOFILE
	childWish   = "BACKEND_TEST_WISH"
)

// picked is what a child prints.
type picked struct {
	Choice Choice
	Error  string
	Errno  unix.Errno
}

func TestMain(m *testing.M) {
	if wish, isChild := os.LookupEnv(childWish); isChild {
		if err := runChild(wish); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(wish string) error {
	if number, ok := os.LookupEnv(childRefuse); ok {
		errno, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		if err := backendtest.RefuseIoUring(unix.Errno(errno)); err != nil {
			return err
		}
	}
	if number, ok := os.LookupEnv(childFiles); ok {
		limit, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return err
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	var p picked
	var err error
	if p.Choice, err = Pick(wish); err != nil {
		p.Error = err.Error()
		if !errors.As(err, &p.Errno) {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(p)
}

// pickInChild returns what a child picks under an environment of "NAME=value".
func pickInChild(t *testing.T, wish string, env ...string) picked {
	t.Helper()
	child := exec.Command("/proc/self/exe")
	child.Env = append(append(os.Environ(), childWish+"="+wish), env...)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.Output()
	require.NoError(t, err, stderr.String())
	var p picked
	require.NoError(t, json.Unmarshal(out, &p), string(out))
	return p
}

func refusing(errno unix.Errno) string {
	return fmt.Sprintf("%s=%d", childRefuse, int(errno))
}

// requireRing skips a test that begins with a working io_uring.
func requireRing(t *testing.T) {
	t.Helper()
	err := ioring.Probe()
	if errors.Is(err, ioring.ErrNotSupported) {
		t.Skipf("this machine refuses io_uring anyway: %v", err)
	}
	require.NoError(t, err)
}

func TestKernel_Allows(t *testing.T) {
	requireRing(t)
	p := pickInChild(t, Auto)
	require.Equal(t, Choice{Engine: Uring, Reason: "io_uring works, kernel " + thisHost.kernel().String()}, p.Choice)
}

func TestKernel_RefusesBySeccomp(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPERM, unix.ENOSYS, unix.EACCES} {
		t.Run(errno.Error(), func(t *testing.T) {
			p := pickInChild(t, Auto, refusing(errno))
			require.Empty(t, p.Error)
			require.Equal(t, Gnet, p.Choice.Engine)
			require.Contains(t, p.Choice.Reason, "io_uring_setup: "+errno.Error())
			require.Contains(t, p.Choice.Reason, "a seccomp filter is active")
			require.Contains(t, p.Choice.Remedy, "--security-opt seccomp=PROFILE")

			p = pickInChild(t, Uring, refusing(errno))
			require.Equal(t, errno, p.Errno)
			require.Contains(t, p.Error, "a seccomp filter is active")
			require.Contains(t, p.Error, "--security-opt seccomp=PROFILE")

			require.Equal(t, "asked for", pickInChild(t, Gnet, refusing(errno)).Choice.Reason)
		})
	}
}

func TestKernel_HasNoMemory(t *testing.T) {
	p := pickInChild(t, Auto, refusing(unix.ENOMEM))
	require.Equal(t, unix.ENOMEM, p.Errno, "auto must not hide it")
	require.Equal(t, Choice{}, p.Choice)
}

func TestKernel_HasNoDescriptors(t *testing.T) {
	requireRing(t)
	p := pickInChild(t, Auto, childFiles+"=3")
	require.Equal(t, unix.EMFILE, p.Errno, "auto must not hide it")
	require.Equal(t, Choice{}, p.Choice)
}

// kernel.io_uring_disabled is a setting of the whole machine, so this test has
// to be asked for. It locks out others that do the same, and gives the setting
// back before it looks at what it got.
func TestKernel_SwitchedOffBySysctl(t *testing.T) {
	if os.Getenv("CORERING_TEST_SYSCTL") != "1" {
		t.Skip("switches io_uring off for the whole machine: set CORERING_TEST_SYSCTL=1 to allow it")
	}
	requireRing(t)
	if err := unix.Access(disabledPath, unix.W_OK); err != nil {
		t.Skipf("may not set kernel.io_uring_disabled: %v", err)
	}
	auto, strict := pickSwitchedOff(t)

	require.NoError(t, auto.err)
	require.Equal(t, Gnet, auto.choice.Engine)
	require.Contains(t, auto.choice.Reason, "kernel.io_uring_disabled is 2")
	require.Equal(t, "sysctl kernel.io_uring_disabled=0", auto.choice.Remedy)
	require.ErrorIs(t, strict.err, ioring.ErrNotSupported)
	require.ErrorIs(t, strict.err, unix.EPERM)
	require.ErrorContains(t, strict.err, "sysctl kernel.io_uring_disabled=0")
	require.NoError(t, ioring.Probe(), "the setting has not been restored")
}

const disabledPath = "/" + disabledFile

type result struct {
	choice Choice
	err    error
}

// pickSwitchedOff picks while io_uring is switched off.
func pickSwitchedOff(t *testing.T) (auto, strict result) {
	t.Helper()
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "corering-io_uring_disabled.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	defer lock.Close()
	require.NoError(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))
	before, err := os.ReadFile(disabledPath)
	require.NoError(t, err)
	// 0644 is what the file has; opening for writing is all that matters.
	require.NoError(t, os.WriteFile(disabledPath, []byte("2\n"), 0o644))
	defer func() { require.NoError(t, os.WriteFile(disabledPath, before, 0o644)) }()
	auto.choice, auto.err = Pick(Auto)
	strict.choice, strict.err = Pick(Uring)
	return auto, strict
}
