package gnetsrv

import (
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxLingerers bounds the connections of an engine that linger at the same
	// time, each with a goroutine and a descriptor. Above it a connection is
	// closed at once, as without lingering.
	maxLingerers = 1024
	// stopLinger is how long a connection may swallow input while the engine
	// stops and the peer's kernel has not acknowledged everything.
	stopLinger = 100 * time.Millisecond
)

// lingerers are the connections whose end the handler knows and the peer does
// not yet. Safe for concurrent use.
type lingerers struct {
	mu       sync.Mutex
	set      map[*outbox]struct{} // guarded by mu
	stopping bool                 // guarded by mu
}

// add admits one more if there is room.
func (l *lingerers) add(o *outbox) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.set) >= maxLingerers {
		return false
	}
	if l.set == nil {
		l.set = map[*outbox]struct{}{}
	}
	l.set[o] = struct{}{}
	return true
}

func (l *lingerers) remove(o *outbox) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.set, o)
}

// hurry ends the waiting of those whose output has arrived, and soon that of
// the others, because the engine stops.
func (l *lingerers) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	for o := range l.set {
		o.hurry()
	}
}

func (l *lingerers) hurried() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping
}

// partWith lets the connection's descriptor go after OnClose. What was written
// is still sent, unless err says that nobody would get it, and then the peer's
// FIN is waited for: a descriptor closed over unread input sends a reset, and
// that makes the peer's kernel throw our last bytes away.
func (c *conn) partWith(fd int, err error, halfClosed bool) {
	if (err != nil && !errors.Is(err, io.EOF)) || !c.mayLinger() || c.settled(fd, halfClosed) {
		if c.out != nil {
			c.out.close()
		}
		return
	}
	if c.needOutbox(fd) != nil {
		return // no descriptor to linger with
	}
	c.out.halfClosed = halfClosed
	server := c.loop.server
	if !server.lingerers.add(c.out) {
		c.out.close()
		return
	}
	c.out.finish(server.config.Linger)
}

func (c *conn) mayLinger() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loop.server.config.Linger > 0 && !c.abortive
}

// settled reports whether there is nothing to linger for. It sends our FIN if
// nothing else is to be sent.
func (c *conn) settled(fd int, halfClosed bool) bool {
	if c.OutboundBuffered() > 0 {
		return false
	}
	if halfClosed || unix.Shutdown(fd, unix.SHUT_WR) != nil || swallow(fd) {
		return true
	}
	return c.loop.server.lingerers.hurried() && arrived(fd)
}

// linger is the end of the sending goroutine when all output is sent.
func (o *outbox) linger() {
	if !o.halfClosed && unix.Shutdown(o.fd, unix.SHUT_WR) == nil {
		if o.conn.loop.server.lingerers.hurried() {
			o.hurry()
		}
		_ = o.raw.Read(func(fd uintptr) bool { return swallow(int(fd)) })
		// When the time is up, once more for what came at the last moment.
		_ = o.raw.Control(func(fd uintptr) { swallow(int(fd)) })
	}
	o.part()
}

// part closes a connection that has lingered.
func (o *outbox) part() {
	o.conn.loop.server.lingerers.remove(o)
	o.close()
}

// hurry shortens the wait for the peer's FIN. Safe for concurrent use.
func (o *outbox) hurry() {
	_ = o.raw.Control(func(fd uintptr) {
		wait := stopLinger
		if arrived(int(fd)) {
			wait = -time.Second // over
		}
		_ = o.file.SetReadDeadline(time.Now().Add(wait))
	})
}

// arrived reports whether the peer has acknowledged everything up to our FIN,
// which counts as one byte and is acknowledged with delay.
func arrived(fd int) bool {
	unacknowledged, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	return err != nil || unacknowledged <= 1
}

// discardSize is the number of bytes that are discarded with one call.
const discardSize = 64 << 10

// discarded is never written: the kernel copies nothing with MSG_TRUNC.
var discarded [discardSize]byte

// swallow discards the input that is there. It reports whether none will follow,
// because of the peer's FIN or an error.
func swallow(fd int) (ended bool) {
	for {
		n, _, err := unix.Recvfrom(fd, discarded[:], unix.MSG_TRUNC|unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return false
		case errors.Is(err, unix.EINTR):
		case err != nil || n == 0:
			return true
		}
	}
}
