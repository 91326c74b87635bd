package uring

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/corering/corering/internal/ioring"
	"golang.org/x/sys/unix"
)

// lingersMax bounds the connections of a loop that linger at one time, so that a
// crowd that is turned away cannot hold all descriptors.
const lingersMax = 4096

// A connPhase is how far the end of a connection has come. Closing is a join:
// the descriptor and the slot are given back only after the last completion of
// everything in flight.
type connPhase uint8

const (
	opened     connPhase = iota // the handler sees it
	announcing                  // OnClose runs, in which the handler may still write
	flushing                    // what was written is still being sent
	lingering                   // our FIN is sent; input is swallowed until the peer's
	dead                        // cancelled; waits for the last completions
	released                    // descriptor closed, slot free
)

// sendState says whether a send is in flight, of which there is at most one.
type sendState uint8

const (
	sendIdle    sendState = iota
	sendNow               // a SendNow is pushed or submitted, and not settled
	sendWaiting           // a Send will post a completion
)

// conn is one connection. A goroutine may keep it after the end, so it is never
// used again for another. Owned by the loop, but for what says otherwise.
type conn struct {
	loop             *loop          // immutable
	listener         *listener      // immutable
	peer             netip.AddrPort // immutable
	fd               atomic.Int32   // -1 once closed; read by all
	slot, generation uint32
	phase            connPhase
	context          any

	// Input: what the handler has not read, of which either unread, or view
	// while a callback runs, is not empty.
	view   []byte // part of the kernel's buffer, lent for the callback
	unread []byte // copied, because a callback left it
	more   bool   // the kernel has more than what is delivered now

	// Output.
	pending []byte // written and not yet handed to the kernel
	block   []byte // handed to the kernel
	rest    []byte // the end of block that is not known to be sent

	send       sendState
	receiving  bool // true exactly when a multishot receive will post a completion
	watching   bool // true exactly when a multishot poll for a hang-up will post a completion
	dirty      bool // true exactly when in loop.dirty
	stalled    bool // the peer has not taken Config.MaxOutbound bytes, nor half of them since
	paused     bool // not received from: stalled, or Config.MaxInbound bytes are unread
	readClosed bool // the end of input has come
	hasty      bool // closed without lingering

	lingerUntil time.Time // while flushing or lingering
	acked       uint64    // bytes that the peer had acknowledged when that was put off last
}

// open announces the connection to the handler.
func (c *conn) open() {
	out, action := c.loop.handler.OnOpen(c)
	if len(out) > 0 {
		_, _ = c.Write(out)
	}
	c.loop.act(c, action)
	c.receive()
}

// wantsInput reports whether a receive should be armed.
func (c *conn) wantsInput() bool {
	return !c.readClosed && (c.phase == opened && !c.paused || c.phase == lingering)
}

// receive arms a multishot receive if one should be and none is.
func (c *conn) receive() {
	if c.receiving || !c.wantsInput() {
		return
	}
	c.receiving = true
	c.loop.stats.Receives++
	c.loop.ring.Push(ioring.Receive(c.Fd(), bufferGroup, c.token(opReceive)))
}

// watch notices the FIN or the hang-up of a connection that is not received
// from. The kernel looks for POLLRDHUP even if it is not asked to, so after a FIN
// a poll for one event would end at once, again and again; this one speaks up
// once for every change.
func (c *conn) watch() {
	if !c.watching && c.phase == opened {
		c.watching = true
		c.loop.ring.Push(ioring.PollEach(c.Fd(), unix.POLLRDHUP, c.token(opHangup)))
	}
}

func (c *conn) token(o op) uint64 { return makeToken(o, c.slot, c.generation) }

// onReceive takes one completion of the receive. The buffer is given back when
// the handler has seen it.
func (c *conn) onReceive(cqe *ioring.CQE) {
	c.receiving = cqe.Flags&ioring.CQEMore != 0
	id, filled := ioring.BufferID(cqe)
	switch {
	case cqe.Res > 0 && c.phase == opened:
		c.more = cqe.Flags&ioring.CQESockNonempty != 0
		c.traffic(c.loop.buffers.Bytes(id, int(cqe.Res)))
		c.more = false
	case cqe.Res == 0:
		c.endOfInput()
	case cqe.Res < 0:
		c.receiveFailed(unix.Errno(-cqe.Res))
	}
	if filled {
		c.loop.buffers.Return(id)
	}
	c.receive()
}

// receiveFailed tells the ends of a receive that are part of normal life, after
// which it is armed again when wanted, from the end of the connection.
func (c *conn) receiveFailed(errno unix.Errno) {
	switch errno {
	case unix.ENOBUFS: // all buffers were in use; they are given back in this turn
		c.loop.stats.NoBuffers++
	case unix.ECANCELED: // reading was paused
	case unix.EINTR, unix.EAGAIN:
	default:
		c.fail(os.NewSyscallError("recv", errno))
	}
}

// traffic delivers bytes that have arrived, which may be none.
func (c *conn) traffic(arrived []byte) {
	l := c.loop
	l.stats.Traffic++
	l.stats.BytesIn += uint64(len(arrived))
	if len(c.unread) == 0 {
		c.view = arrived
	} else {
		c.keep(arrived)
	}
	action := l.handler.OnTraffic(c)
	c.keepView()
	l.act(c, action)
}

// keepView copies what the handler has left of the kernel's buffer.
func (c *conn) keepView() {
	if len(c.view) > 0 {
		c.keep(c.view)
	}
	c.view = nil
}

func (c *conn) keep(p []byte) {
	c.loop.stats.Copied += uint64(len(p))
	c.unread = append(c.unread, p...)
	if len(c.unread) > c.loop.config.MaxInbound {
		c.markDirty()
	}
}

// endOfInput takes the peer's FIN.
func (c *conn) endOfInput() {
	if c.readClosed {
		return
	}
	c.readClosed = true
	switch {
	case c.phase == lingering:
		c.die()
	case c.phase != opened:
	case c.loop.readCloser == nil:
		c.close(os.NewSyscallError("read", io.EOF))
	default:
		c.watch()
		c.loop.act(c, c.loop.readCloser.OnReadClosed(c))
	}
}

// onHangup takes a completion of the watch. A FIN that comes while reading is
// paused is told at once if no input lies before it.
func (c *conn) onHangup(cqe *ioring.CQE) {
	c.watching = cqe.Flags&ioring.CQEMore != 0
	switch {
	case c.phase != opened:
	case cqe.Res > 0 && cqe.Res&(unix.POLLERR|unix.POLLHUP) != 0:
		c.fail(c.socketError())
	case cqe.Res > 0 && c.paused && !c.readClosed && c.atEnd():
		c.endOfInput()
	}
	if c.readClosed || c.paused { // a pause may have cancelled the watch
		c.watch()
	}
}

// atEnd reports whether nothing but the peer's FIN is left to receive.
func (c *conn) atEnd() bool {
	var p [1]byte
	n, _, err := unix.Recvfrom(c.Fd(), p[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return n == 0 && err == nil
}

// socketError asks the kernel why a connection has hung up.
func (c *conn) socketError() error {
	errno, err := unix.GetsockoptInt(c.Fd(), unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || errno == 0 {
		errno = int(unix.ECONNRESET)
	}
	return os.NewSyscallError("poll", unix.Errno(errno))
}

// review stops or resumes reading, by how much the peer has not taken and how
// much the handler has left unread. When output has drained, a handler that
// left input unread is asked to go on with it.
func (c *conn) review() {
	if c.phase != opened {
		return
	}
	if c.stalled && c.OutboundBuffered() <= c.loop.config.MaxOutbound/2 {
		c.stalled = false
		if len(c.unread) > 0 {
			c.traffic(nil)
		}
	}
	switch paused := c.stalled || len(c.unread) > c.loop.config.MaxInbound; {
	case c.phase != opened || paused == c.paused:
	case paused:
		c.pause()
	default:
		c.paused = false
		c.receive()
	}
}

// pause cancels the receive. What completes before is still delivered, and
// nothing is armed again before the last completion.
func (c *conn) pause() {
	c.paused = true
	c.loop.stats.Paused++
	if c.receiving {
		c.loop.ring.Push(ioring.CancelFd(c.Fd(), c.token(opCancel)))
	}
	c.watch()
}

// fail ends a connection that can neither be read nor written any more.
func (c *conn) fail(err error) {
	c.close(err)
	c.die()
}

// close announces the end to the handler and then goes through the phases. It
// does nothing if that has begun. err is nil if this side wants the end.
func (c *conn) close(err error) {
	if c.phase != opened {
		return
	}
	c.phase = announcing
	action := c.loop.handler.OnClose(c, err)
	c.phase = flushing
	c.view, c.unread = nil, nil
	c.loop.connections.Add(-1)
	c.progress()
	c.markDirty()
	if action == Shutdown {
		c.loop.engine.shutdown()
	}
}

// closeForStop closes a connection because the engine stops. One that has had
// all its answers need not wait for its peer.
func (c *conn) closeForStop() {
	c.close(nil)
	c.hasty = c.OutboundBuffered() == 0 && c.acknowledged(0)
}

// acknowledged reports whether the peer's kernel has everything that was sent,
// but perhaps our FIN, which counts as one byte and is acknowledged late.
func (c *conn) acknowledged(fin int) bool {
	unacknowledged, err := unix.IoctlGetInt(c.Fd(), unix.SIOCOUTQ)
	return err != nil || unacknowledged <= fin
}

// progress puts the end of a closed connection off.
func (c *conn) progress() {
	if c.loop.config.Linger > 0 {
		c.lingerUntil = c.loop.lingers.push(c)
	}
}

// onLingered ends a closed connection whose peer has not moved for too long.
func (c *conn) onLingered(now time.Time) {
	switch {
	case c.phase >= dead || now.Before(c.lingerUntil):
	case c.loop.phase != closing && c.takes():
		c.progress()
	default:
		c.die()
	}
}

// takes reports whether the peer has acknowledged anything since this was asked
// last. A send that waits in the ring completes only when all is sent.
func (c *conn) takes() bool {
	info, err := unix.GetsockoptTCPInfo(c.Fd(), unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil || info.Bytes_acked == c.acked {
		return false
	}
	c.acked = info.Bytes_acked
	return true
}

// finishSending goes on with a closed connection when all output is sent. What
// the peer has under way is swallowed, since a reset in answer to it would make
// the peer's kernel throw our last bytes away.
func (c *conn) finishSending() {
	if c.hasty || c.readClosed || c.loop.config.Linger < 0 || c.loop.lingering >= lingersMax {
		c.die()
		return
	}
	if err := unix.Shutdown(c.Fd(), unix.SHUT_WR); err != nil {
		c.die()
		return
	}
	c.phase = lingering
	c.loop.lingering++
	c.progress()
	c.receive()
}

// die makes everything in flight complete, by cancelling it. Shutting the socket
// down would do so too, but then a peer that has filled our window could wait
// for it to open until the kernel forgets the connection. After a cancellation
// the close resets a peer whose bytes nobody will read, and ends all others in
// order.
func (c *conn) die() {
	if c.phase >= dead {
		return
	}
	if c.phase == lingering {
		c.loop.lingering--
	}
	c.phase = dead
	if c.inFlight() {
		c.loop.ring.Push(ioring.CancelFd(c.Fd(), c.token(opCancel)))
	}
}

// onCancel takes the end of a cancellation. It may have missed an operation that
// was between two of its steps, so it is repeated until nothing is in flight; one
// that has found nothing at all is made good by a shutdown.
func (c *conn) onCancel(cqe *ioring.CQE) {
	switch {
	case c.phase != dead || !c.inFlight():
	case cqe.Res > 0:
		c.loop.ring.Push(ioring.CancelFd(c.Fd(), c.token(opCancel)))
	default:
		_ = unix.Shutdown(c.Fd(), unix.SHUT_RDWR)
	}
}

// inFlight reports whether an operation has yet to end.
func (c *conn) inFlight() bool { return c.receiving || c.watching || c.send != sendIdle }

// release gives a dead connection's descriptor and slot back, as soon as
// nothing is in flight and no list of the loop holds it.
func (c *conn) release() {
	if c.phase != dead || c.inFlight() || c.dirty {
		return
	}
	c.phase = released
	c.dropOutput()
	_ = unix.Close(int(c.fd.Swap(-1)))
	c.loop.slots.remove(c)
	if !c.loop.acceptRetry.IsZero() {
		c.loop.acceptAgain()
	}
}

var (
	_ net.Conn = (*conn)(nil)
	_ Conn     = (*conn)(nil)
)
