package gnetsrv

import (
	"io"
	"os"

	"github.com/corering/corering/uring"
	"golang.org/x/sys/unix"
)

// closeRead tells the handler of the peer's FIN. Unless the handler closes the
// connection then, it goes on without gnet, which closes its descriptor next.
func (c *conn) closeRead() {
	c.state = readClosed
	action := c.loop.server.readCloser.OnReadClosed(c)
	switch {
	case c.state != readClosed:
	case c.broken != nil:
		c.finish(c.broken)
	case action == uring.Close:
		c.finish(nil)
	default:
		if err := c.detach(); err != nil {
			c.finish(err)
		}
		c.act(action)
	}
}

// detach makes the connection independent of gnet's: it keeps a copy of the
// unread input and of the descriptor.
func (c *conn) detach() error {
	if err := c.needOutbox(c.fd); err != nil {
		return err
	}
	unread, err := c.Next(-1)
	if err != nil && err != io.ErrShortBuffer {
		return err
	}
	c.Reader = &leftover{bytes: append([]byte(nil), unread...)}
	c.mu.Lock()
	c.fd = c.out.fd
	c.mu.Unlock()
	c.loop.halfClosed[c] = struct{}{}
	c.out.start(c.out.watch)
	return nil
}

// watch is a goroutine that waits for the end of a half-closed connection,
// which nobody reads from.
func (o *outbox) watch() {
	var dead error
	_ = o.raw.Read(func(fd uintptr) bool {
		dead = hangup(int(fd))
		return dead != nil
	})
	if dead != nil { // otherwise this side has closed it
		c := o.conn
		c.loop.mail.post(func() { c.fail(dead) })
	}
}

// hangup returns why a connection is dead in both directions, or nil if it is
// not. The kernel says EPIPE for a reset after the peer's FIN.
func hangup(fd int) error {
	events := [1]unix.PollFd{{Fd: int32(fd)}}
	if _, err := unix.Poll(events[:], 0); err != nil || events[0].Revents&(unix.POLLHUP|unix.POLLERR) == 0 {
		return nil
	}
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || errno == 0 || unix.Errno(errno) == unix.EPIPE {
		return os.NewSyscallError("read", unix.ECONNRESET)
	}
	return os.NewSyscallError("read", unix.Errno(errno))
}
