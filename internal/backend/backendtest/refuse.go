// Package backendtest makes this process one whose kernel refuses io_uring, for
// tests in child processes: there is no way back.
package backendtest

import (
	"fmt"

	"github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// RefuseIoUring installs a seccomp filter on all threads of the process that
// answers errno to io_uring_setup and allows everything else. What the process
// executes from then on is refused as well.
func RefuseIoUring(errno unix.Errno) error {
	err := seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionAllow,
			Syscalls: []seccomp.SyscallGroup{{
				Names:  []string{"io_uring_setup"},
				Action: seccomp.ActionErrno | seccomp.Action(errno),
			}},
		},
	})
	if err != nil {
		return fmt.Errorf("refuse io_uring: %w", err)
	}
	return nil
}
