package backend

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// oldest is the first kernel with everything that the engine needs: multishot
// receive into a ring of provided buffers.
var oldest = version{6, 0}

// A cause is one thing that may have made the kernel refuse io_uring, and what
// to do about it.
type cause struct {
	what, remedy string
}

// explain says why the kernel has refused io_uring with err, as far as the host
// tells, and what would help. Several things can stand in the way at once; all
// that are found are named, since removing one alone would not help.
func explain(err error, h host) (reason, remedy string) {
	var errno unix.Errno
	errors.As(err, &errno)
	var causes []cause
	for _, look := range []func(unix.Errno, host) (cause, bool){tooOld, switchedOff, filteredOut} {
		if c, found := look(errno, h); found {
			causes = append(causes, c)
		}
	}
	if len(causes) == 0 {
		causes = append(causes, guess(errno))
	}
	whats, remedies := make([]string, len(causes)), make([]string, len(causes))
	for i, c := range causes {
		whats[i], remedies[i] = c.what, c.remedy
	}
	return err.Error() + "; likely cause: " + strings.Join(whats, ", and "), strings.Join(remedies, ", and ")
}

func tooOld(_ unix.Errno, h host) (cause, bool) {
	kernel := h.kernel()
	return cause{
		what:   fmt.Sprintf("kernel %v is older than %v", kernel, oldest),
		remedy: fmt.Sprintf("run kernel %v or newer", oldest),
	}, kernel.before(oldest)
}

// switchedOff looks at the setting by which an administrator forbids io_uring;
// the kernel answers EPERM then. See kernel.io_uring_disabled in the kernel's
// Documentation/admin-guide/sysctl/kernel.rst.
func switchedOff(errno unix.Errno, h host) (cause, bool) {
	if errno != unix.EPERM {
		return cause{}, false
	}
	switch h.sysctl("kernel.io_uring_disabled") {
	case "1":
		return cause{
			what: "kernel.io_uring_disabled is 1, which leaves io_uring to CAP_SYS_ADMIN and to group " +
				h.sysctl("kernel.io_uring_group") + " of kernel.io_uring_group",
			remedy: "sysctl kernel.io_uring_disabled=0, or sysctl kernel.io_uring_group=GID of the user who serves",
		}, true
	case "2":
		return cause{
			what:   "kernel.io_uring_disabled is 2, which switches io_uring off for everybody",
			remedy: "sysctl kernel.io_uring_disabled=0",
		}, true
	}
	return cause{}, false
}

// filteredOut looks for a seccomp filter. A filter answers what its author
// likes: Docker's default profile says EPERM, others ENOSYS or EACCES.
func filteredOut(errno unix.Errno, h host) (cause, bool) {
	return cause{
		what: "a seccomp filter is active, as in Docker's default profile",
		remedy: "docker run --security-opt seccomp=PROFILE with a profile that allows io_uring_setup, " +
			"io_uring_enter and io_uring_register (under systemd, allow them in SystemCallFilter=)",
	}, errno != unix.EINVAL && h.filtered()
}

// guess is for a refusal whose cause leaves no trace that a process can read.
func guess(errno unix.Errno) cause {
	switch errno {
	case unix.ENOSYS:
		return cause{
			what:   "the kernel was built without io_uring, or a sandbox such as gVisor stands before it",
			remedy: "run a kernel with CONFIG_IO_URING=y, outside such a sandbox",
		}
	case unix.EPERM, unix.EACCES:
		return cause{
			what:   "a security module such as SELinux forbids it",
			remedy: "look for io_uring in the audit log (ausearch -m AVC) and allow it there",
		}
	}
	return cause{
		what:   "the kernel lacks something that the engine needs",
		remedy: fmt.Sprintf("run a mainline kernel from %v on", oldest),
	}
}
