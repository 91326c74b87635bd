package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A host answers what an explanation asks about the machine. What cannot be
// found out is empty: an explanation says less then, and never fails.
type host struct {
	root    string // directory in which proc is mounted: "/", but for tests
	release func() string
}

var thisHost = host{root: "/", release: unameRelease}

// unameRelease returns the kernel's release, such as "6.1.0-18-amd64".
func unameRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// A version is that of a kernel; zero means unknown.
type version struct {
	major, minor int
}

func (v version) String() string {
	if v == (version{}) {
		return "unknown"
	}
	return fmt.Sprintf("%d.%d", v.major, v.minor)
}

// before reports whether v is known and older than other.
func (v version) before(other version) bool {
	if v == (version{}) {
		return false
	}
	return v.major < other.major || v.major == other.major && v.minor < other.minor
}

func (h host) kernel() version {
	var v version
	if _, err := fmt.Sscanf(h.release(), "%d.%d", &v.major, &v.minor); err != nil {
		return version{}
	}
	return v
}

// sysctl returns the value of a kernel setting such as kernel.io_uring_group.
func (h host) sysctl(name string) string {
	value, err := os.ReadFile(filepath.Join(h.root, "proc/sys", strings.ReplaceAll(name, ".", "/")))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}

// filtered reports whether a seccomp filter stands between the process and the
// kernel.
func (h host) filtered() bool {
	status, err := os.ReadFile(filepath.Join(h.root, "proc/self/status"))
	if err != nil {
		return false
	}
	const modeFilter = "2"
	for line := range strings.Lines(string(status)) {
		if mode, found := strings.CutPrefix(line, "Seccomp:"); found {
			return strings.TrimSpace(mode) == modeFilter
		}
	}
	return false
}
