package gnetsrv

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
)

// ErrInboundFull is what OnClose gets when a handler has left more than
// Config.MaxInbound bytes unread.
var ErrInboundFull = errors.New("gnetsrv: too much unread input")

// A connState is how far the end of a connection has come.
type connState uint8

const (
	opened     connState = iota // gnet knows it
	readClosed                  // the peer has sent its FIN; gnet forgets it
	closing                     // the handler's OnClose runs
	closed
)

// conn is one connection as the handler sees it. gnet's has it as its context.
//
// gnet keeps the input and says when there is some. Output goes past gnet to
// the socket, and what that does not take to an outbox, because gnet throws its
// own buffer away when it closes a connection, which it does at the peer's FIN.
//
// Owned by the loop, but for what says otherwise.
type conn struct {
	gnet.Reader // gnet's connection; after the peer's FIN a leftover

	gnet   gnet.Conn // immutable
	loop   *loop     // immutable
	local  net.Addr  // immutable
	remote net.Addr  // immutable

	state   connState
	broken  error   // why the connection is about to be closed; nil if it is not
	unread  int     // input that the last OnTraffic left
	out     *outbox // nil while no output waits; owns fd after the peer's FIN
	context any

	mu       sync.Mutex
	fd       int  // written by the loop under mu, read by all; -1 once closed
	abortive bool // guarded by mu: SetLinger(0), no lingering wanted
}

// newConn makes a connection of gnet's, which has just been accepted.
func newConn(l *loop, gc gnet.Conn) *conn {
	c := &conn{
		Reader: gc,
		gnet:   gc,
		loop:   l,
		local:  l.server.localAddr(gc.LocalAddr()),
		remote: keepZone(gc.RemoteAddr()),
		fd:     gc.Fd(),
	}
	gc.SetContext(c)
	l.stats.Accepted++
	l.connections.Add(1)
	return c
}

// keepZone copies the zone of an address: gnet gives its memory away when the
// connection is closed.
func keepZone(addr net.Addr) net.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.Zone != "" {
		return &net.TCPAddr{IP: tcp.IP, Port: tcp.Port, Zone: strings.Clone(tcp.Zone)}
	}
	return addr
}

// traffic calls the handler for input that has arrived, which may be none.
func (c *conn) traffic() uring.Action {
	stats := &c.loop.stats
	stats.Traffic++
	stats.BytesIn += uint64(c.InboundBuffered() - c.unread)
	action := c.loop.server.handler.OnTraffic(c)
	if c.unread = c.InboundBuffered(); c.unread > 0 {
		return c.leftUnread(action)
	}
	return action
}

// leftUnread closes a connection whose handler has left too much input.
func (c *conn) leftUnread(action uring.Action) uring.Action {
	if action != uring.None || c.state != opened || c.unread <= c.loop.server.config.MaxInbound {
		return action
	}
	c.loop.server.config.Logger.Debug("closing a connection whose input is not read",
		"remote", c.remote, "unread", c.unread)
	c.broken = ErrInboundFull
	return uring.Close
}

// act does what a callback wants that gnet has not called.
func (c *conn) act(action uring.Action) {
	switch action {
	case uring.Close:
		c.close()
	case uring.Shutdown:
		c.loop.server.stop()
	}
}

// gnetCloses takes the end of gnet's connection, whose descriptor gnet closes
// afterwards. err is nil if this side wanted it. gnet says EOF also of dead
// connections.
func (c *conn) gnetCloses(err error) {
	if errors.Is(err, io.EOF) {
		if dead := hangup(c.fd); dead != nil {
			err = dead
		}
	}
	switch {
	case c.broken != nil:
		c.finish(c.broken)
	case errors.Is(err, io.EOF) && c.loop.server.readCloser != nil:
		c.closeRead()
	default:
		c.finish(err)
	}
}

// close ends the connection at this side's wish, or for the reason in broken.
// It does nothing if that has begun.
func (c *conn) close() {
	switch c.state {
	case opened:
		_ = c.loop.gnet.Close(c.gnet) // calls gnetCloses
	case readClosed:
		c.finish(c.broken)
	}
}

// fail ends the connection after the running callback.
func (c *conn) fail(err error) {
	if c.broken == nil {
		c.broken = err
		c.loop.mail.post(c.close)
	}
}

// finish announces the end to the handler, and lets go of the descriptor. It
// does nothing if that has begun.
func (c *conn) finish(err error) {
	if c.state >= closing {
		return
	}
	halfClosed := c.state == readClosed || errors.Is(err, io.EOF)
	c.state = closing
	action := c.loop.server.handler.OnClose(c, err)
	c.state = closed
	c.partWith(c.disown(), err, halfClosed)
	c.loop.connections.Add(-1)
	delete(c.loop.halfClosed, c)
	if action == uring.Shutdown {
		c.loop.server.stop()
	}
}

// disown takes the descriptor away from everybody else and returns it.
func (c *conn) disown() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	fd := c.fd
	c.fd = -1
	return fd
}

// Context implements uring.Conn.
func (c *conn) Context() any { return c.context }

// SetContext implements uring.Conn.
func (c *conn) SetContext(context any) { c.context = context }

// EventLoop implements uring.Conn.
func (c *conn) EventLoop() uring.EventLoop { return c.loop }

// LocalAddr returns the address of the listener, as in Introspector.Addrs.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements uring.Conn. It still answers when the connection is
// closed.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Wake implements uring.Conn. The callback gets net.ErrClosed if the connection
// is gone.
func (c *conn) Wake(callback uring.AsyncCallback) error {
	c.loop.mail.post(func() {
		err := net.ErrClosed
		if c.state < closing {
			err = nil
			c.act(c.traffic())
		}
		c.report(callback, err)
	})
	return nil
}

// Close implements uring.Conn. Safe for concurrent use.
func (c *conn) Close() error { return c.CloseWithCallback(nil) }

// CloseWithCallback implements uring.Conn. The callback gets nil, also if the
// connection was closed before.
func (c *conn) CloseWithCallback(callback uring.AsyncCallback) error {
	c.loop.mail.post(func() {
		c.close()
		c.report(callback, nil)
	})
	return nil
}

// report runs the callback of an asynchronous call. gnet ignores what it
// returns, and so do we.
func (c *conn) report(callback uring.AsyncCallback, err error) {
	if callback != nil {
		_ = callback(c, err)
	}
}

var _ uring.Conn = (*conn)(nil)
