package uring

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/corering/corering/internal/ioring"
	"golang.org/x/sys/unix"
)

// acceptBackoff is how long a loop without descriptors waits before it accepts
// again. Closing a connection ends the wait early.
const acceptBackoff = 100 * time.Millisecond

// acceptWarning is how long a warning about that stands before the next.
const acceptWarning = 10 * time.Second

// listener is one loop's listening socket for one address. Owned by the loop,
// but for what says otherwise.
type listener struct {
	index uint32       // immutable
	addr  *net.TCPAddr // immutable
	armed bool         // true exactly when a multishot accept will post a completion

	mu sync.Mutex // held by the loop to write fd, and by others to read it
	fd int        // -1 once closed
}

// dup duplicates the descriptor. Safe for concurrent use.
func (ln *listener) dup() (int, error) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.fd < 0 {
		return -1, ErrEngineInShutdown
	}
	fd, err := unix.FcntlInt(uintptr(ln.fd), unix.F_DUPFD_CLOEXEC, 0)
	return fd, os.NewSyscallError("fcntl", err)
}

func (ln *listener) close() {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.fd >= 0 {
		_ = unix.Close(ln.fd)
		ln.fd = -1
	}
}

// accept arms a multishot accept.
func (l *loop) accept(ln *listener) {
	ln.armed = true
	l.stats.Accepts++
	l.ring.Push(ioring.Accept(ln.fd, makeToken(opAccept, ln.index, 0)))
}

func (l *loop) onAccept(ln *listener, cqe *ioring.CQE) {
	ln.armed = cqe.Flags&ioring.CQEMore != 0
	if cqe.Res >= 0 {
		l.open(int(cqe.Res), ln)
	}
	if ln.armed {
		return
	}
	switch {
	case l.phase != serving:
		l.acceptQueue(ln)
	case cqe.Res < 0 && !transient(unix.Errno(-cqe.Res)):
		l.backOff(unix.Errno(-cqe.Res))
	default:
		l.accept(ln)
	}
}

// transient reports whether a failed accept says something about one peer only,
// so that the next can be accepted at once. ACCEPT(2) lists them.
func transient(err unix.Errno) bool {
	switch err {
	case unix.ECONNABORTED, unix.EINTR, unix.EAGAIN, unix.EPROTO, unix.EPERM, unix.ECANCELED:
		return true
	}
	return false
}

// backOff waits for descriptors or memory. An accept armed at once would fail
// again and again; one not armed at all would make the server deaf.
func (l *loop) backOff(err unix.Errno) {
	l.stats.AcceptFails++
	now := time.Now()
	if now.Sub(l.acceptWarned) >= acceptWarning {
		l.acceptWarned = now
		l.config.Logger.Warn("cannot accept connections for now", "loop", l.index, "error", err,
			"fails", l.stats.AcceptFails)
	}
	l.acceptRetry = now.Add(acceptBackoff)
}

// acceptAgain ends a back-off.
func (l *loop) acceptAgain() {
	l.acceptRetry = time.Time{}
	for _, ln := range l.listeners {
		if !ln.armed && l.phase == serving {
			l.accept(ln)
		}
	}
}

// stopAccepting cancels the accepts. Each listener is closed after its last
// completion.
func (l *loop) stopAccepting() {
	for _, ln := range l.listeners {
		if ln.armed {
			l.ring.Push(ioring.CancelFd(ln.fd, makeToken(opUnlisten, ln.index, 0)))
		} else {
			l.acceptQueue(ln)
		}
	}
}

// acceptQueue accepts who has connected and still waits, and closes the
// listener. Closing it right away would reset them.
func (l *loop) acceptQueue(ln *listener) {
	_ = unix.SetNonblock(ln.fd, true)
	for {
		fd, _, err := unix.Accept4(ln.fd, unix.SOCK_CLOEXEC)
		if err == nil {
			l.open(fd, ln)
		} else if errno := unix.Errno(0); !errors.As(err, &errno) || errno == unix.EAGAIN || !transient(errno) {
			break
		}
	}
	ln.close()
}

// accepting reports whether a listener is open.
func (l *loop) accepting() bool {
	for _, ln := range l.listeners {
		if ln.fd >= 0 {
			return true
		}
	}
	return false
}

// open makes a connection of an accepted descriptor. The peer's address is
// asked for at once: after a reset the kernel no longer knows it, and then there
// is nobody to serve.
func (l *loop) open(fd int, ln *listener) {
	peer, err := peerAddr(fd)
	if err != nil {
		_ = unix.Close(fd)
		return
	}
	c := &conn{loop: l, listener: ln, peer: peer}
	c.fd.Store(int32(fd))
	l.slots.add(c)
	l.stats.Accepted++
	l.connections.Add(1)
	c.open()
	c.release()
}

func peerAddr(fd int) (netip.AddrPort, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), nil
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 && !addr.Is4In6() {
			if link, err := net.InterfaceByIndex(int(sa.ZoneId)); err == nil {
				addr = addr.WithZone(link.Name)
			}
		}
		return netip.AddrPortFrom(addr, uint16(sa.Port)), nil
	}
	return netip.AddrPort{}, unix.EAFNOSUPPORT
}
