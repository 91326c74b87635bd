package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// refusing is the environment of a process whose kernel answers errno to
// io_uring_setup.
func refusing(errno unix.Errno) []string {
	return []string{fmt.Sprintf("%s=%d", launchRefuse, int(errno))}
}

func TestRefuse_StrictEngineDoesNotStart(t *testing.T) {
	line := fail(t, refusing(unix.EPERM), "serve", "--engine", "uring")
	require.Contains(t, line, "io_uring_setup: operation not permitted")
	require.Contains(t, line, "a seccomp filter is active")
	require.Contains(t, line, "remedy: docker run --security-opt seccomp=PROFILE")
}

func TestRefuse_AutoFallsBackAndSaysWhy(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPERM, unix.ENOSYS} {
		t.Run(errno.Error(), func(t *testing.T) {
			path := socketPath(t)
			p := start(t, refusing(errno), "--status", path)
			require.Contains(t, p.banner, "engine gnet (")
			require.Contains(t, p.banner, "io_uring_setup: "+errno.Error())
			require.Contains(t, p.banner, "a seccomp filter is active")
			p.stderr.waitFor(t, `level=WARN msg="io_uring is refused, serving with epoll"`)
			require.Contains(t, p.stderr.String(), "--security-opt seccomp=PROFILE")
			s := ask(t, path)
			require.Equal(t, "gnet", s.Engine)
			require.Contains(t, s.EngineReason, "a seccomp filter is active")

			conn := p.dial("chunk")
			send(t, conn, "30")
			receive(t, conn, "832040\n")
			require.NoError(t, conn.Close())
			p.stop()
		})
	}
}

func TestRefuse_AutoDoesNotHideOtherErrors(t *testing.T) {
	require.Contains(t, fail(t, refusing(unix.ENOMEM), "serve"), "io_uring_setup: cannot allocate memory")
}
