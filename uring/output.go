package uring

import (
	"io"
	"net"
	"os"

	"github.com/corering/corering/internal/ioring"
	"golang.org/x/sys/unix"
)

// Write implements Conn. It copies p and never blocks; everything written
// during a turn of the loop goes out together at its end.
func (c *conn) Write(p []byte) (int, error) {
	if c.phase > announcing {
		return 0, net.ErrClosed
	}
	if len(p) > 0 {
		c.append(p)
	}
	return len(p), nil
}

func (c *conn) append(p []byte) {
	if c.pending == nil {
		c.pending = c.loop.blocks.take()
	}
	c.pending = append(c.pending, p...)
	// Noted at once: the handler may go by what it sees now, and output may
	// have drained again before the next flush.
	c.stalled = c.stalled || c.OutboundBuffered() > c.loop.config.MaxOutbound
	c.markDirty()
}

// Writev implements Conn.
func (c *conn) Writev(bs [][]byte) (int, error) {
	if c.phase > announcing {
		return 0, net.ErrClosed
	}
	n := 0
	for _, p := range bs {
		c.append(p)
		n += len(p)
	}
	return n, nil
}

// ReadFrom implements Conn.
func (c *conn) ReadFrom(r io.Reader) (n int64, err error) {
	p := make([]byte, 32<<10)
	for {
		m, err := r.Read(p)
		if m > 0 {
			if _, err := c.Write(p[:m]); err != nil {
				return n, err
			}
			n += int64(m)
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// Flush implements Conn. The turn of the loop sends everything at its end, so
// there is nothing to do.
func (c *conn) Flush() error { return nil }

// OutboundBuffered implements Conn: written bytes that are not known to be in
// the kernel.
func (c *conn) OutboundBuffered() int { return len(c.pending) + len(c.rest) }

// markDirty makes the next flush look at the connection.
func (c *conn) markDirty() {
	if !c.dirty {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

// flush starts the one send that may be in flight, with everything written
// until now, and thinks over whether to read.
func (c *conn) flush() {
	if c.phase < dead && c.send == sendIdle && len(c.pending) > 0 {
		c.block, c.rest, c.pending = c.pending, c.pending, nil
		c.startSend()
	}
	if c.phase == flushing && (c.send == sendIdle || c.send == sendWaiting && c.loop.config.Linger < 0) {
		c.finishSending()
	}
	c.review()
	if c.send == sendNow && (len(c.pending) > 0 || c.stalled || c.phase != opened) {
		c.loop.impatient = true // when all is sent at once, no completion says so
	}
}

// sendMax bounds one send: the kernel counts its bytes in an int.
const sendMax = 1 << 30

func (c *conn) startSend() {
	if len(c.rest) > sendMax { // what is sent in silence must be sent whole
		c.sendOn()
		return
	}
	c.send = sendNow
	c.loop.unsettled = append(c.loop.unsettled, c)
	c.push(ioring.SendNow(c.Fd(), c.rest, c.token(opSend)))
}

// sendOn sends the rest by a send that waits.
func (c *conn) sendOn() {
	c.send = sendWaiting
	c.push(ioring.Send(c.Fd(), c.rest[:min(len(c.rest), sendMax)], c.token(opSend)))
}

func (c *conn) push(send ioring.SQE) {
	c.loop.stats.Sends++
	c.loop.ring.Push(send)
}

// settle ends a SendNow of which no completion has come: all is sent.
func (c *conn) settle() {
	if c.send == sendNow {
		c.sent(len(c.rest))
		c.endSend()
	}
}

// onSend takes the completion of a send. After a SendNow it means that the
// peer's window is full: the rest is sent by one that waits.
func (c *conn) onSend(cqe *ioring.CQE) {
	if c.send == sendNow {
		c.loop.stats.SendRest++
	}
	switch errno := unix.Errno(-min(cqe.Res, 0)); errno {
	case 0:
		c.sent(int(cqe.Res))
	case unix.EAGAIN, unix.EINTR, unix.ECANCELED: // nothing sent; pausing cancels, too
	default:
		c.send = sendIdle
		c.fail(os.NewSyscallError("send", errno))
		return
	}
	if len(c.rest) == 0 || c.phase == dead {
		c.endSend()
		return
	}
	c.sendOn()
	c.markDirty()
}

func (c *conn) sent(n int) {
	c.rest = c.rest[n:]
	c.loop.stats.BytesOut += uint64(n)
	if c.phase == flushing && n > 0 {
		c.progress()
	}
}

// endSend makes way for the next send.
func (c *conn) endSend() {
	c.send = sendIdle
	c.loop.blocks.give(c.block)
	c.block, c.rest = nil, nil
	if len(c.pending) > 0 || c.stalled || c.phase == flushing {
		c.markDirty()
	}
}

// dropOutput forgets what a dead connection has not sent.
func (c *conn) dropOutput() {
	if c.pending != nil {
		c.loop.blocks.give(c.pending)
	}
	if c.block != nil {
		c.loop.blocks.give(c.block)
	}
	c.pending, c.block, c.rest = nil, nil, nil
}

// AsyncWrite implements Conn. Safe for concurrent use; p must stay unchanged
// until the callback. The callback always runs, on the loop unless the engine
// has ended, with net.ErrClosed if the connection is gone.
func (c *conn) AsyncWrite(p []byte, callback AsyncCallback) error {
	return c.post(callback, func() error {
		_, err := c.Write(p)
		return err
	})
}

// AsyncWritev implements Conn; see AsyncWrite.
func (c *conn) AsyncWritev(bs [][]byte, callback AsyncCallback) error {
	return c.post(callback, func() error {
		_, err := c.Writev(bs)
		return err
	})
}

// post runs a task on the loop, and then the callback with its result. When the
// loop has ended, the callback runs at once, so nil is returned in any case.
func (c *conn) post(callback AsyncCallback, task func() error) error {
	report := func(err error) {
		if callback != nil {
			_ = callback(c, err)
		}
	}
	if !c.loop.mail.post(func() { report(task()) }) {
		report(net.ErrClosed)
	}
	return nil
}

// SendTo implements Conn; it is for UDP only.
func (c *conn) SendTo([]byte, net.Addr) (int, error) { return 0, ErrUnsupportedOp }
