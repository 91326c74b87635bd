package servertest

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// How connections end, at either side's wish.
var closeTests = []test{
	{"CloseByPeer", testCloseByPeer},
	{"CloseByReset", testCloseByReset},
	{"CloseByResetWithOutputWaiting", testCloseByResetWithOutputWaiting},
	{"CloseFromOnOpen", testCloseFromOnOpen},
	{"CloseFromOnTraffic", testCloseFromOnTraffic},
	{"CloseFromOtherGoroutine", testCloseFromOtherGoroutine},
	{"CloseTwice", testCloseTwice},
	{"CloseWithCallback", testCloseWithCallback},
	{"CloseWhilePeerSends", testCloseWhilePeerSends},
	{"CloseWithUnreadInput", testCloseWithUnreadInput},
	{"CloseWithMuchToSend", testCloseWithMuchToSend},
	{"CloseLingersNotForEver", testCloseLingersNotForEver},
	{"CloseToPeerThatDoesNotRead", testCloseToPeerThatDoesNotRead},
	{"CloseWithoutLingering", testCloseWithoutLingering},
	{"WriteFromOnClose", testWriteFromOnClose},
	{"SocketAfterClose", testSocketAfterClose},
}

func testCloseByPeer(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &handler{traffic: echo, closed: ended.closed})
	c := s.dial(t)
	c.send([]byte("last words"))
	c.finish()
	c.expectEnd([]byte("last words"))
	require.ErrorIs(t, receive(t, ended, "OnClose"), io.EOF)
}

func testCloseByReset(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &handler{traffic: echo, closed: ended.closed})
	c := s.dial(t)
	c.roundTrip([]byte("hello"))
	c.reset()
	err := receive(t, ended, "OnClose")
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF)
	require.ErrorIs(t, err, unix.ECONNRESET)
}

// talk returns a handler's OnTraffic that answers anything with answer, and a
// channel that tells when it has.
func talk(answer []byte) (traffic func(uring.Conn) uring.Action, written chan struct{}) {
	written = make(chan struct{}, 1024)
	return func(c uring.Conn) uring.Action {
		_, _ = c.Discard(-1)
		_, _ = c.Write(answer)
		written <- struct{}{}
		return uring.None
	}, written
}

func testCloseByResetWithOutputWaiting(t *testing.T, e env) {
	ended := newEnds()
	traffic, written := talk(pattern(12 << 20))
	s := e.start(t, &handler{traffic: traffic, closed: ended.closed})
	for range 5 {
		c := s.dial(t)
		c.send([]byte("?"))
		receive(t, written, "the answer")
		c.reset()
		err := receive(t, ended, "OnClose")
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
}

func testCloseFromOnOpen(t *testing.T, e env) {
	ended := newEnds()
	goodbye := pattern(50000)
	s := e.start(t, &handler{
		open:   func(uring.Conn) ([]byte, uring.Action) { return goodbye, uring.Close },
		closed: ended.closed,
	})
	for range 20 {
		c := s.dial(t)
		c.expectEnd(goodbye)
		require.NoError(t, receive(t, ended, "OnClose"))
	}
}

func testCloseFromOnTraffic(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &handler{
		traffic: func(c uring.Conn) uring.Action { echo(c); return uring.Close },
		closed:  ended.closed,
	})
	for range 20 {
		c := s.dial(t)
		c.send([]byte("question"))
		c.expectEnd([]byte("question"))
		require.NoError(t, receive(t, ended, "OnClose"))
	}
}

// opened starts a server that hands out its connections.
func (e env) opened(t *testing.T, h handler) (*server, chan uring.Conn) {
	conns := make(chan uring.Conn, 1024)
	h.open = func(c uring.Conn) ([]byte, uring.Action) {
		conns <- c
		return nil, uring.None
	}
	return e.start(t, &h), conns
}

func testCloseFromOtherGoroutine(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{traffic: echo, closed: ended.closed})
	c := s.dial(t)
	c.roundTrip([]byte("hello"))
	require.NoError(t, receive(t, conns, "OnOpen").Close())
	c.expectEnd(nil)
	require.NoError(t, receive(t, ended, "OnClose"))
}

func testCloseTwice(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{
		traffic: func(c uring.Conn) uring.Action {
			_ = c.Close() // and the action too
			return uring.Close
		},
		closed: func(c uring.Conn, err error) {
			_ = c.Close()
			ended <- err
		},
	})
	c := s.dial(t)
	c.send([]byte{1})
	c.expectEnd(nil)
	require.NoError(t, receive(t, ended, "OnClose"))
	_ = receive(t, conns, "OnOpen").Close()
	// The referee counts the calls of OnClose.
}

func testCloseWithCallback(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{traffic: echo, closed: ended.closed})
	c := s.dial(t)
	conn := receive(t, conns, "OnOpen")
	called := make(chan error, 1)
	require.NoError(t, conn.CloseWithCallback(func(same uring.Conn, err error) error {
		assert.Same(t, conn, same)
		called <- err
		return nil
	}))
	require.NoError(t, receive(t, called, "the callback"))
	require.NoError(t, receive(t, ended, "OnClose"))
	c.expectEnd(nil)
}

// flood sends until the connection ends, and returns a channel that is closed
// then.
func (c *client) flood() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		junk := pattern(10000)
		for {
			if _, err := c.Write(junk); err != nil {
				return
			}
		}
	}()
	return done
}

// The answer arrives although the peer goes on sending, which would make the
// kernel reset a socket that is simply closed.
func testCloseWhilePeerSends(t *testing.T, e env) {
	ended := newEnds()
	answer := pattern(60000)
	s := e.start(t, &handler{
		traffic: func(c uring.Conn) uring.Action {
			_, _ = c.Write(answer)
			return uring.Close
		},
		closed: ended.closed,
	})
	for range 5 {
		c := s.dial(t)
		done := c.flood()
		c.expectEnd(answer)
		require.NoError(t, receive(t, ended, "OnClose"))
		require.NoError(t, c.Close())
		receive(t, done, "the end of the flood")
	}
}

func testCloseWithUnreadInput(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		_, _ = c.Write([]byte("enough"))
		return uring.Close
	}})
	c := s.dial(t)
	c.send(pattern(200000))
	c.expectEnd([]byte("enough"))
}

// What does not fit into the socket is sent after OnClose.
func testCloseWithMuchToSend(t *testing.T, e env) {
	ended := newEnds()
	answer := pattern(16 << 20)
	e.settings.Linger = patience
	s := e.start(t, &handler{
		traffic: func(c uring.Conn) uring.Action {
			_, _ = c.Discard(-1)
			_, _ = c.Write(answer)
			return uring.Close
		},
		closed: ended.closed,
	})
	c := s.dial(t)
	c.send([]byte("?"))
	require.NoError(t, receive(t, ended, "OnClose"))
	c.expectEnd(answer)
}

// closeAtOnce starts a server that answers the first input and closes.
func (e env) closeAtOnce(t *testing.T) *server {
	return e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		echo(c)
		return uring.Close
	}})
}

// A peer that neither closes nor stops sending is left alone after a while.
func testCloseLingersNotForEver(t *testing.T, e env) {
	e.settings.Linger = 20 * time.Millisecond
	s := e.closeAtOnce(t)
	var floods []<-chan struct{}
	for range 10 {
		c := s.dial(t)
		c.send([]byte("question"))
		c.expectEnd([]byte("question"))
		floods = append(floods, c.flood())
	}
	for _, flood := range floods {
		receive(t, flood, "the end of a flood")
	}
}

// The output that a peer does not read is given up after a while. The test ends
// only when the engine has.
func testCloseToPeerThatDoesNotRead(t *testing.T, e env) {
	e.settings.Linger = 20 * time.Millisecond
	ended := newEnds()
	traffic, written := talk(pattern(12 << 20))
	s, conns := e.opened(t, handler{traffic: traffic, closed: ended.closed})
	for range 5 {
		c := s.dial(t)
		c.send([]byte("?"))
		receive(t, written, "the answer")
		require.NoError(t, receive(t, conns, "OnOpen").Close())
		require.NoError(t, receive(t, ended, "OnClose"))
	}
	s.stop(t)
}

func testCloseWithoutLingering(t *testing.T, e env) {
	e.settings.Linger = -1
	s := e.closeAtOnce(t)
	for range 10 {
		c := s.dial(t)
		c.send([]byte("question"))
		c.expectEnd([]byte("question"))
		receive(t, c.flood(), "the end of a flood")
	}
}

func testWriteFromOnClose(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &handler{
		traffic: func(c uring.Conn) uring.Action {
			p, _ := c.Next(-1)
			if string(p) == "close" {
				return uring.Close
			}
			return uring.None
		},
		closed: func(c uring.Conn, err error) {
			_, _ = c.Write([]byte("too late, perhaps"))
			assert.NoError(t, c.AsyncWrite([]byte("too late"), func(_ uring.Conn, err error) error {
				ended <- err
				return nil
			}))
		},
	})
	for range 5 {
		c := s.dial(t)
		c.finish()
		require.ErrorIs(t, receive(t, ended, "the callback"), net.ErrClosed)
		c = s.dial(t)
		c.send([]byte("close"))
		require.ErrorIs(t, receive(t, ended, "the callback"), net.ErrClosed)
		c = s.dial(t)
		c.reset()
	}
}

// A connection that is kept after its end touches no descriptor.
func testSocketAfterClose(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{traffic: echo, closed: ended.closed})
	c := s.dial(t)
	conn := receive(t, conns, "OnOpen")
	require.NoError(t, conn.SetNoDelay(true))
	fd, err := conn.Dup()
	require.NoError(t, err)
	require.NoError(t, unix.Close(fd))
	require.NoError(t, c.Close())
	require.ErrorIs(t, receive(t, ended, "OnClose"), io.EOF)
	s.stop(t)
	require.Error(t, conn.SetNoDelay(false))
	_, err = conn.Dup()
	require.Error(t, err)
	require.Negative(t, conn.Fd())
}
