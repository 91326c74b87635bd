package uring

import (
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Fd implements Conn: -1 once the connection is closed. Safe for concurrent use,
// but the number may be somebody else's by the time that it is used off the
// loop; see Dup.
func (c *conn) Fd() int { return int(c.fd.Load()) }

// Dup implements Conn. The caller closes the copy.
func (c *conn) Dup() (int, error) {
	fd, err := unix.FcntlInt(uintptr(c.Fd()), unix.F_DUPFD_CLOEXEC, 0)
	return fd, os.NewSyscallError("fcntl", err)
}

// Context implements Conn.
func (c *conn) Context() any { return c.context }

// SetContext implements Conn.
func (c *conn) SetContext(context any) { c.context = context }

// EventLoop implements Conn.
func (c *conn) EventLoop() EventLoop { return c.loop }

// LocalAddr implements Conn: the address of the listener. Immutable.
func (c *conn) LocalAddr() net.Addr { return c.listener.addr }

// RemoteAddr implements Conn.
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.peer) }

// Close implements Conn. Safe for concurrent use.
func (c *conn) Close() error { return c.CloseWithCallback(nil) }

// CloseWithCallback implements Conn: what was written is still sent. Safe for
// concurrent use.
func (c *conn) CloseWithCallback(callback AsyncCallback) error {
	return c.post(callback, func() error {
		c.close(nil)
		return nil
	})
}

// SetReadBuffer implements Conn.
func (c *conn) SetReadBuffer(size int) error {
	return c.setOption(unix.SOL_SOCKET, unix.SO_RCVBUF, size)
}

// SetWriteBuffer implements Conn.
func (c *conn) SetWriteBuffer(size int) error {
	return c.setOption(unix.SOL_SOCKET, unix.SO_SNDBUF, size)
}

// SetLinger implements Conn; see SO_LINGER in socket(7).
func (c *conn) SetLinger(seconds int) error {
	linger := unix.Linger{Linger: int32(max(seconds, 0))}
	if seconds >= 0 {
		linger.Onoff = 1
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptLinger(c.Fd(), unix.SOL_SOCKET, unix.SO_LINGER, &linger))
}

// SetNoDelay implements Conn. Connections begin with it set.
func (c *conn) SetNoDelay(noDelay bool) error {
	return c.setOption(unix.IPPROTO_TCP, unix.TCP_NODELAY, boolInt(noDelay))
}

// SetKeepAlivePeriod implements Conn.
func (c *conn) SetKeepAlivePeriod(d time.Duration) error {
	return c.SetKeepAlive(true, d, max(d/5, time.Second), 5)
}

// SetKeepAlive implements Conn. The times count in whole seconds; see tcp(7).
func (c *conn) SetKeepAlive(enabled bool, idle, interval time.Duration, count int) error {
	if !enabled {
		return c.setOption(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0)
	}
	if idle < time.Second || interval < time.Second || count < 1 {
		return fmt.Errorf("set keep-alive: idle %v, interval %v, count %d: %w", idle, interval, count, unix.EINVAL)
	}
	for _, option := range []struct{ level, name, value int }{
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(idle.Seconds())},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(interval.Seconds())},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
	} {
		if err := c.setOption(option.level, option.name, option.value); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) setOption(level, name, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(c.Fd(), level, name, value))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SetDeadline implements Conn; not supported yet, as in gnet.
func (c *conn) SetDeadline(time.Time) error { return ErrUnsupportedOp }

// SetReadDeadline implements Conn; not supported yet, as in gnet.
func (c *conn) SetReadDeadline(time.Time) error { return ErrUnsupportedOp }

// SetWriteDeadline implements Conn; not supported yet, as in gnet.
func (c *conn) SetWriteDeadline(time.Time) error { return ErrUnsupportedOp }
