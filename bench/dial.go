package bench

import (
	"errors"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// dial opens a non-blocking TCP connection without Nagle's delay. The caller
// owns the descriptor.
func dial(address netip.AddrPort, timeout time.Duration) (fd int, err error) {
	family, sockaddr := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(address.Port()), Addr: address.Addr().As16()})
	if address.Addr().Is4() {
		family, sockaddr = unix.AF_INET, &unix.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := establish(fd, sockaddr, timeout); err != nil {
		return -1, errors.Join(err, os.NewSyscallError("close", unix.Close(fd)))
	}
	return fd, nil
}

// establish connects a new socket.
func establish(fd int, sockaddr unix.Sockaddr, timeout time.Duration) error {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	err := unix.Connect(fd, sockaddr)
	if err == unix.EINPROGRESS || err == unix.EINTR { // connect(2): both go on in the background
		return awaitConnect(fd, time.Now().Add(timeout))
	}
	return os.NewSyscallError("connect", err)
}

// awaitConnect waits for the outcome of a connect under way.
func awaitConnect(fd int, deadline time.Time) error {
	for {
		rest := time.Until(deadline)
		if rest <= 0 {
			return os.NewSyscallError("connect", unix.ETIMEDOUT)
		}
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(poll, int(rest/time.Millisecond)+1)
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		if n > 0 {
			break
		}
	}
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if code != 0 {
		return os.NewSyscallError("connect", unix.Errno(code))
	}
	return nil
}
