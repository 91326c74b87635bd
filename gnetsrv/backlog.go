package gnetsrv

import (
	"errors"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// listeners returns copies of the process's listening descriptors for addrs.
// gnet tells of the first loop's only, so they are looked for among all
// descriptors; since the addresses were reserved, nobody else listens on them.
// It returns what it finds.
func listeners(addrs []*net.TCPAddr) []int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	var found []int // before the first copy, which may get a number of the list
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && listensOn(fd, addrs) {
			found = append(found, fd)
		}
	}
	var copies []int
	for _, fd := range found {
		if fd, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			copies = append(copies, fd)
		}
	}
	return copies
}

func listensOn(fd int, addrs []*net.TCPAddr) bool {
	if listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listening == 0 {
		return false
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return false
	}
	var ip net.IP
	var port int
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		ip, port = sa.Addr[:], sa.Port
	case *unix.SockaddrInet6:
		ip, port = sa.Addr[:], sa.Port
	}
	for _, addr := range addrs {
		if port == addr.Port && ip.Equal(addr.IP) {
			return true
		}
	}
	return false
}

// turnAway accepts those who have connected and were not accepted by a loop, and
// closes them in an orderly way. gnet closes its listeners without looking,
// which resets who waits.
func (s *server) turnAway() {
	for _, listener := range s.waiting {
		for {
			fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
			if err == nil {
				_ = unix.Shutdown(fd, unix.SHUT_WR)
				swallow(fd)
				_ = unix.Close(fd)
			} else if !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ECONNABORTED) {
				break
			}
		}
		_ = unix.Close(listener)
	}
}
