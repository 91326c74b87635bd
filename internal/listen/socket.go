package listen

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// socket opens a blocking, close-on-exec TCP socket of the address's family.
func (a *address) socket() (int, error) {
	fd, err := unix.Socket(a.family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if a.family == unix.AF_INET {
		return fd, nil
	}
	v6only := 0
	if a.v6only {
		v6only = 1
	}
	if err := setOption(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, v6only); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func setOption(fd, level, name, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, name, value))
}

// boundPort returns the local port of a bound socket.
func boundPort(fd int) (int, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return sa.Port, nil
	case *unix.SockaddrInet6:
		return sa.Port, nil
	}
	return 0, fmt.Errorf("getsockname: unexpected %T", sa)
}
