package gnetsrv

import (
	"io"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// ReadMore implements uring.MoreReader by asking the kernel.
func (c *conn) ReadMore() bool {
	if c.state != opened {
		return false
	}
	waiting, err := unix.IoctlGetInt(c.fd, unix.TIOCINQ)
	return err == nil && waiting > 0
}

var _ uring.MoreReader = (*conn)(nil)

// leftover is the input that outlives gnet's connection. Its methods do what
// gnet's do. Owned by the loop.
type leftover struct{ bytes []byte }

// Next implements gnet.Reader.
func (l *leftover) Next(n int) ([]byte, error) {
	p, err := l.Peek(n)
	l.bytes = l.bytes[len(p):]
	return p, err
}

// Peek implements gnet.Reader.
func (l *leftover) Peek(n int) ([]byte, error) {
	if n > len(l.bytes) {
		return nil, io.ErrShortBuffer
	}
	if n <= 0 {
		n = len(l.bytes)
	}
	return l.bytes[:n], nil
}

// Discard implements gnet.Reader.
func (l *leftover) Discard(n int) (int, error) {
	if n <= 0 || n > len(l.bytes) {
		n = len(l.bytes)
	}
	l.bytes = l.bytes[n:]
	return n, nil
}

// Read implements gnet.Reader.
func (l *leftover) Read(p []byte) (int, error) {
	n := copy(p, l.bytes)
	l.bytes = l.bytes[n:]
	if n == 0 && len(p) > 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

// WriteTo implements gnet.Reader.
func (l *leftover) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(l.bytes)
	l.bytes = l.bytes[n:]
	return int64(n), err
}

// InboundBuffered implements gnet.Reader.
func (l *leftover) InboundBuffered() int { return len(l.bytes) }

var _ gnet.Reader = (*leftover)(nil)
