package gnetsrv

import (
	"net"
	"time"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2/pkg/socket"
)

// The methods of gnet.Socket are safe for concurrent use. They hold the
// connection's lock, so that a closed descriptor's number, which may have become
// somebody else's, is never touched. After the end they return net.ErrClosed.

// onSocket calls f with the descriptor.
func (c *conn) onSocket(f func(fd int) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		return net.ErrClosed
	}
	return f(c.fd)
}

// Fd returns the descriptor, -1 after the end.
func (c *conn) Fd() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fd
}

// Dup returns a copy of the descriptor, which the caller closes.
func (c *conn) Dup() (fd int, err error) {
	fd = -1
	err = c.onSocket(func(original int) (err error) {
		fd, err = socket.Dup(original)
		return err
	})
	return fd, err
}

// SetReadBuffer implements uring.Conn.
func (c *conn) SetReadBuffer(size int) error {
	return c.onSocket(func(fd int) error { return socket.SetRecvBuffer(fd, size) })
}

// SetWriteBuffer implements uring.Conn.
func (c *conn) SetWriteBuffer(size int) error {
	return c.onSocket(func(fd int) error { return socket.SetSendBuffer(fd, size) })
}

// SetLinger implements uring.Conn. With 0 the connection does not linger as
// Config.Linger says but ends with a reset.
func (c *conn) SetLinger(seconds int) error {
	return c.onSocket(func(fd int) error {
		err := socket.SetLinger(fd, seconds)
		if err == nil {
			c.abortive = seconds == 0
		}
		return err
	})
}

// SetNoDelay implements uring.Conn.
func (c *conn) SetNoDelay(noDelay bool) error {
	value := 0
	if noDelay {
		value = 1
	}
	return c.onSocket(func(fd int) error { return socket.SetNoDelay(fd, value) })
}

// SetKeepAlivePeriod implements uring.Conn. The kernel counts in seconds.
func (c *conn) SetKeepAlivePeriod(period time.Duration) error {
	return c.onSocket(func(fd int) error { return socket.SetKeepAlivePeriod(fd, int(period.Seconds())) })
}

// SetKeepAlive implements uring.Conn. The kernel counts in seconds.
func (c *conn) SetKeepAlive(enabled bool, idle, interval time.Duration, count int) error {
	return c.onSocket(func(fd int) error {
		return socket.SetKeepAlive(fd, enabled, int(idle.Seconds()), int(interval.Seconds()), count)
	})
}

// SetDeadline is not supported by gnet.
func (c *conn) SetDeadline(time.Time) error { return uring.ErrUnsupportedOp }

// SetReadDeadline is not supported by gnet.
func (c *conn) SetReadDeadline(time.Time) error { return uring.ErrUnsupportedOp }

// SetWriteDeadline is not supported by gnet.
func (c *conn) SetWriteDeadline(time.Time) error { return uring.ErrUnsupportedOp }
