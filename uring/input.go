package uring

import (
	"io"
	"net"
)

// available returns everything that the handler has not read, in one piece.
func (c *conn) available() []byte {
	if len(c.unread) > 0 {
		return c.unread
	}
	return c.view
}

// consume drops n bytes of what is available.
func (c *conn) consume(n int) {
	if len(c.unread) == 0 {
		c.view = c.view[n:]
		return
	}
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.unread = nil
	}
	if c.paused {
		c.markDirty()
	}
}

// Peek implements Conn. The slice is valid until the callback returns, or until
// the next read.
func (c *conn) Peek(n int) ([]byte, error) {
	all := c.available()
	if n > len(all) {
		return nil, io.ErrShortBuffer
	}
	if n <= 0 {
		n = len(all)
	}
	return all[:n:n], nil
}

// Next implements Conn. The slice is valid until the callback returns: it is the
// kernel's own buffer if the bytes came in one piece.
func (c *conn) Next(n int) ([]byte, error) {
	p, err := c.Peek(n)
	c.consume(len(p))
	return p, err
}

// Discard implements Conn.
func (c *conn) Discard(n int) (int, error) {
	if all := len(c.available()); n <= 0 || n > all {
		n = all
	}
	c.consume(n)
	return n, nil
}

// Read implements Conn.
func (c *conn) Read(p []byte) (int, error) {
	n := copy(p, c.available())
	c.consume(n)
	if n == 0 && len(p) > 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

// WriteTo implements Conn.
func (c *conn) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.available())
	c.consume(n)
	return int64(n), err
}

// InboundBuffered implements Conn.
func (c *conn) InboundBuffered() int { return len(c.available()) }

// ReadMore implements MoreReader.
func (c *conn) ReadMore() bool { return c.more }

// Wake implements Conn: one OnTraffic. Safe for concurrent use.
func (c *conn) Wake(callback AsyncCallback) error {
	return c.post(callback, func() error {
		if c.phase != opened {
			return net.ErrClosed
		}
		c.traffic(nil)
		return nil
	})
}
