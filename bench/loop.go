package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corering/corering/bench/internal/rawsys"
)

// hangUp are the events after which a read tells that the connection is over.
const hangUp = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR

// client is one connection. Owned by the generator's thread.
type client struct {
	fd int
	exchange
	sentAt int64  // when the batch under way was written
	unsent []byte // what the socket has not taken of it yet
}

// drive keeps every connection busy for a while, then waits for the answers
// that are still missing. It ends early, but in the same way, when ctx ends.
func (g *generator) drive(ctx context.Context, length time.Duration) error {
	if err := g.turn(0); err != nil { // what the server says unasked, before and after
		return err
	}
	until := g.now() + int64(length)
	g.sending = length > 0
	if err := g.sendAll(); err != nil {
		return err
	}
	for g.sending {
		if err := g.turn(time.Duration(until - g.now())); err != nil {
			return err
		}
		g.sending = g.now() < until && ctx.Err() == nil
	}
	for g.busy > 0 {
		if err := g.turn(turnMax); err != nil {
			return err
		}
	}
	return g.turn(0)
}

// sendAll starts a batch on every connection.
func (g *generator) sendAll() error {
	if !g.sending {
		return nil
	}
	for i := range g.clients {
		if err := g.send(&g.clients[i], g.now()); err != nil {
			return err
		}
	}
	return nil
}

// turn waits for events, but not longer than wait, and handles them.
func (g *generator) turn(wait time.Duration) error {
	n, err := rawsys.EpollWait(g.epollFD, g.events, g.waitMs(wait))
	if err != nil && err != unix.EINTR { // the Go runtime preempts by signals
		return os.NewSyscallError("epoll_wait", err)
	}
	for i := range n {
		event := &g.events[i]
		if err := g.handle(&g.clients[event.Fd], event.Events); err != nil {
			return fmt.Errorf("connection %d of %d: %w", event.Fd+1, len(g.clients), err)
		}
	}
	return g.checkStalled()
}

// waitMs returns the timeout for epoll_wait, rounded up so that a short rest
// is slept and not spun away.
func (g *generator) waitMs(wait time.Duration) int {
	if g.load.Spin || wait <= 0 {
		return 0
	}
	return int((min(wait, turnMax) + time.Millisecond - 1) / time.Millisecond)
}

// handle does what the events of one connection ask for.
func (g *generator) handle(c *client, events uint32) error {
	if len(c.unsent) > 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	if events&(unix.EPOLLIN|hangUp) == 0 {
		return nil
	}
	return g.receive(c, events&hangUp != 0)
}

// receive reads until the socket is empty. A short read means that it is,
// unless the peer has hung up: then the end of the stream is still to be read.
func (g *generator) receive(c *client, hungUp bool) error {
	for {
		n, err := rawsys.Read(c.fd, g.buffer)
		switch {
		case err == unix.EAGAIN:
			return nil
		case err == unix.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("%w: %w", ErrClosed, os.NewSyscallError("read", err))
		case n == 0:
			return ErrClosed
		}
		if err := g.answer(c, g.buffer[:n]); err != nil {
			return err
		}
		if n < len(g.buffer) && !hungUp {
			return nil
		}
	}
}

// answer checks what has arrived, records the latency of the answers that it
// completes, and sends the next batch after the last of them.
func (g *generator) answer(c *client, arrived []byte) error {
	now := g.now()
	answers, err := c.take(arrived)
	if err != nil {
		return err
	}
	latency := min(now-c.sentAt, g.highest)
	if err := g.latencies.RecordValues(latency, int64(answers)); err != nil {
		return fmt.Errorf("record latency: %w", err)
	}
	if !c.idle() {
		return nil
	}
	g.busy--
	if !g.sending {
		return nil
	}
	// The one clock reading is the end of this batch and the start of the next.
	return g.send(c, now)
}

// send writes the next batch of an idle connection.
func (g *generator) send(c *client, now int64) error {
	c.unsent = c.begin()
	c.sentAt = now
	g.busy++
	return c.flush()
}

// flush writes what the socket takes; EPOLLOUT brings the rest here again.
func (c *client) flush() error {
	for len(c.unsent) > 0 {
		n, err := rawsys.Write(c.fd, c.unsent)
		switch {
		case err == unix.EAGAIN:
			return nil
		case err == unix.EINTR:
			continue
		case err == unix.EPIPE || err == unix.ECONNRESET:
			// The read that follows says it too, after the server's last words.
			c.unsent = nil
			return nil
		case err != nil:
			return os.NewSyscallError("write", err)
		}
		c.unsent = c.unsent[n:]
	}
	return nil
}

// checkStalled looks every tenth of the timeout for an answer that is overdue.
func (g *generator) checkStalled() error {
	now := g.now()
	if now < g.stallAt {
		return nil
	}
	g.stallAt = now + int64(g.load.Timeout/10)
	for i := range g.clients {
		c := &g.clients[i]
		if !c.idle() && now-c.sentAt > int64(g.load.Timeout) {
			return fmt.Errorf("connection %d of %d: %w: %d of %d answers missing after %v",
				i+1, len(g.clients), ErrNoAnswer, c.end-c.next, g.script.depth, g.load.Timeout)
		}
	}
	return nil
}
