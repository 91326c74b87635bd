package gnetsrv

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/corering/corering/uring"
	"golang.org/x/sys/unix"
)

// maxVector is the number of slices that one writev takes (UIO_MAXIOV).
const maxVector = 1024

// writable returns why nothing can be written, or nil.
func (c *conn) writable() error {
	if c.state == closed {
		return net.ErrClosed
	}
	return c.broken
}

// Write implements uring.Conn: the bytes go to the kernel at once as far as it
// takes them. It accepts all or returns an error, which ends the connection
// after the running callback.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.writable(); err != nil {
		return 0, err
	}
	if c.OutboundBuffered() > 0 {
		return c.queue(len(p), 0, p)
	}
	n, err := c.sent(unix.Write(c.fd, p))
	if err != nil || n == len(p) {
		return n, err
	}
	return c.queue(len(p), n, p)
}

// Writev implements uring.Conn. See Write.
func (c *conn) Writev(parts [][]byte) (int, error) {
	if err := c.writable(); err != nil {
		return 0, err
	}
	total := 0
	for _, part := range parts {
		total += len(part)
	}
	if c.OutboundBuffered() > 0 {
		return c.queue(total, 0, parts...)
	}
	n, err := c.sent(unix.Writev(c.fd, parts[:min(len(parts), maxVector)]))
	if err != nil || n == total {
		return n, err
	}
	return c.queue(total, n, parts...)
}

// sent takes the result of a system call that writes. A full socket is not an
// error here.
func (c *conn) sent(n int, err error) (int, error) {
	switch {
	case err == nil:
		c.loop.stats.BytesOut += uint64(n)
		return n, nil
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, nil
	}
	err = os.NewSyscallError("write", err)
	c.fail(err)
	return 0, err
}

// queue puts into the outbox what the kernel has not taken: all of total bytes
// but the first n. It returns total.
func (c *conn) queue(total, n int, parts ...[]byte) (int, error) {
	if err := c.needOutbox(c.fd); err != nil {
		c.fail(err)
		return 0, err
	}
	c.loop.stats.BytesOut += uint64(total - n)
	c.out.add(parts, n)
	return total, nil
}

// needOutbox gives the connection an outbox with a copy of fd if it has none.
func (c *conn) needOutbox(fd int) error {
	if c.out != nil {
		return nil
	}
	out, err := newOutbox(c, fd)
	if err == nil {
		c.out = out
	}
	return err
}

// onDrained runs when all output has been sent. The descriptor's copy is kept
// only where it is the last one.
func (c *conn) onDrained() {
	if c.state == opened && c.out != nil && c.out.idle() {
		c.out.close()
		c.out = nil
	}
}

// onRelieved runs when the output was above maxOutbound and half of it has been
// sent. A handler that waits for this has left input unread.
func (c *conn) onRelieved() {
	if c.state < closing && c.InboundBuffered() > 0 {
		c.act(c.traffic())
	}
}

// ReadFrom implements uring.Conn. It writes what r has; see Write.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

// Flush implements uring.Conn. What waits is being sent already.
func (c *conn) Flush() error { return c.writable() }

// OutboundBuffered implements uring.Conn.
func (c *conn) OutboundBuffered() int {
	if c.out == nil {
		return 0
	}
	return c.out.buffered()
}

// SendTo implements uring.Conn. It is for UDP.
func (c *conn) SendTo([]byte, net.Addr) (int, error) { return 0, uring.ErrUnsupportedOp }

// AsyncWrite implements uring.Conn. The callback runs in any case, with
// net.ErrClosed if the connection is gone.
func (c *conn) AsyncWrite(p []byte, callback uring.AsyncCallback) error {
	c.loop.mail.post(func() {
		_, err := c.Write(p)
		c.report(callback, err)
	})
	return nil
}

// AsyncWritev implements uring.Conn. See AsyncWrite.
func (c *conn) AsyncWritev(parts [][]byte, callback uring.AsyncCallback) error {
	c.loop.mail.post(func() {
		_, err := c.Writev(parts)
		c.report(callback, err)
	})
	return nil
}
