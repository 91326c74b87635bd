package servertest

import (
	"io"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Connections whose peer has sent its FIN and still reads.
var halfCloseTests = []test{
	{"HalfCloseAnsweredAtOnce", testHalfCloseAnsweredAtOnce},
	{"HalfCloseWithUnreadInput", testHalfCloseWithUnreadInput},
	{"HalfCloseAnsweredLate", testHalfCloseAnsweredLate},
	{"HalfCloseToSlowReader", testHalfCloseToSlowReader},
	{"HalfCloseInputKept", testHalfCloseInputKept},
	{"HalfCloseThenReset", testHalfCloseThenReset},
	{"HalfCloseResetAtOnce", testHalfCloseResetAtOnce},
	{"HalfCloseResetWithOutputWaiting", testHalfCloseResetWithOutputWaiting},
	{"HalfCloseClosedByTraffic", testHalfCloseClosedByTraffic},
	{"HalfCloseThenStop", testHalfCloseThenStop},
	{"HalfCloseCounted", testHalfCloseCounted},
}

// halves is a handler that leaves half-closed connections open and hands them
// out.
func halves(traffic func(uring.Conn) uring.Action, ended ends) (*halfHandler, chan uring.Conn) {
	conns := make(chan uring.Conn, 1024)
	return &halfHandler{
		handler: handler{traffic: traffic, closed: ended.closed},
		readClosed: func(c uring.Conn) uring.Action {
			conns <- c
			return uring.None
		},
	}, conns
}

func testHalfCloseAnsweredAtOnce(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &halfHandler{
		handler: handler{traffic: echo, closed: ended.closed},
		readClosed: func(c uring.Conn) uring.Action {
			_, _ = c.Write([]byte(" and goodbye"))
			return uring.Close
		},
	})
	for range 20 {
		c := s.dial(t)
		c.send([]byte("hello"))
		c.finish()
		c.expectEnd([]byte("hello and goodbye"))
		require.NoError(t, receive(t, ended, "OnClose"))
	}
}

func testHalfCloseWithUnreadInput(t *testing.T, e env) {
	ended := newEnds()
	s := e.start(t, &halfHandler{
		handler: handler{traffic: leave, closed: ended.closed},
		readClosed: func(c uring.Conn) uring.Action {
			echo(c)
			return uring.Close
		},
	})
	c := s.dial(t)
	question := pattern(200000)
	c.send(question)
	c.finish()
	c.expectEnd(question)
	require.NoError(t, receive(t, ended, "OnClose"))
}

func testHalfCloseAnsweredLate(t *testing.T, e env) {
	ended := newEnds()
	h, conns := halves(echo, ended)
	s := e.start(t, h)
	c := s.dial(t)
	c.send([]byte("hello"))
	c.finish()
	conn := receive(t, conns, "OnReadClosed")
	c.expect([]byte("hello"))
	for range 3 {
		called := make(chan error, 1)
		require.NoError(t, conn.AsyncWrite([]byte(" again"), func(same uring.Conn, err error) error {
			assert.Same(t, conn, same)
			called <- err
			return nil
		}))
		require.NoError(t, receive(t, called, "the callback"))
		c.expect([]byte(" again"))
	}
	require.NoError(t, conn.AsyncWrite([]byte(", that is all"), nil))
	require.NoError(t, conn.Close())
	c.expectEnd([]byte(", that is all"))
	require.NoError(t, receive(t, ended, "OnClose"))
}

// The answer waits in the engine when the FIN comes, and more follows.
func testHalfCloseToSlowReader(t *testing.T, e env) {
	ended := newEnds()
	answer := pattern(12 << 20)
	h, conns := halves(func(c uring.Conn) uring.Action {
		_, _ = c.Discard(-1)
		_, _ = c.Write(answer)
		return uring.None
	}, ended)
	e.settings.Linger = patience
	s := e.start(t, h)
	c := s.dial(t)
	c.send([]byte("?"))
	c.finish()
	conn := receive(t, conns, "OnReadClosed")
	require.NoError(t, conn.AsyncWrite(answer, nil))
	require.NoError(t, conn.Close())
	c.expectEnd(append(append([]byte(nil), answer...), answer...))
	require.NoError(t, receive(t, ended, "OnClose"))
}

// Unread input can be read long after the FIN, when Wake asks for it.
func testHalfCloseInputKept(t *testing.T, e env) {
	ended := newEnds()
	woken := false
	h, conns := halves(func(c uring.Conn) uring.Action {
		if !woken {
			return uring.None
		}
		return echo(c)
	}, ended)
	s := e.start(t, h)
	c := s.dial(t)
	question := pattern(100000)
	c.send(question)
	c.finish()
	conn := receive(t, conns, "OnReadClosed")
	require.NoError(t, conn.EventLoop().Execute(t.Context(), onLoop(func() { woken = true })))
	require.NoError(t, conn.Wake(nil))
	c.expect(question)
	require.NoError(t, conn.CloseWithCallback(nil))
	c.expectEnd(nil)
	require.NoError(t, receive(t, ended, "OnClose"))
}

// A peer that goes away altogether is noticed although nothing is written.
func testHalfCloseThenReset(t *testing.T, e env) {
	ended := newEnds()
	h, conns := halves(echo, ended)
	s := e.start(t, h)
	for range 5 {
		c := s.dial(t)
		c.roundTrip([]byte("hello"))
		c.finish()
		receive(t, conns, "OnReadClosed")
		c.reset()
		err := receive(t, ended, "OnClose")
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
}

// FIN and reset come one after the other; whether the first is seen is chance.
func testHalfCloseResetAtOnce(t *testing.T, e env) {
	ended := newEnds()
	h, _ := halves(echo, ended)
	s := e.start(t, h)
	for range 20 {
		c := s.dial(t)
		c.roundTrip([]byte("hello"))
		c.finish()
		c.reset()
		err := receive(t, ended, "OnClose")
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
}

func testHalfCloseResetWithOutputWaiting(t *testing.T, e env) {
	ended := newEnds()
	traffic, _ := talk(pattern(12 << 20))
	h, conns := halves(traffic, ended)
	s := e.start(t, h)
	for range 5 {
		c := s.dial(t)
		c.send([]byte("?"))
		c.finish()
		receive(t, conns, "OnReadClosed")
		c.reset()
		err := receive(t, ended, "OnClose")
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
}

// What OnTraffic returns counts when Wake has called it, too.
func testHalfCloseClosedByTraffic(t *testing.T, e env) {
	ended := newEnds()
	h, conns := halves(func(c uring.Conn) uring.Action {
		_, _ = c.Write([]byte("goodbye"))
		return uring.Close
	}, ended)
	s := e.start(t, h)
	c := s.dial(t)
	c.finish()
	require.NoError(t, receive(t, conns, "OnReadClosed").Wake(nil))
	c.expectEnd([]byte("goodbye"))
	require.NoError(t, receive(t, ended, "OnClose"))
}

func testHalfCloseThenStop(t *testing.T, e env) {
	ended := newEnds()
	h, conns := halves(echo, ended)
	s := e.start(t, h)
	var clients []*client
	for range 20 {
		c := s.dial(t)
		c.finish()
		receive(t, conns, "OnReadClosed")
		clients = append(clients, c)
	}
	s.stop(t)
	for _, c := range clients {
		c.expectEnd(nil)
		require.NoError(t, receive(t, ended, "OnClose"))
	}
}

func testHalfCloseCounted(t *testing.T, e env) {
	ended := newEnds()
	h, conns := halves(echo, ended)
	s := e.start(t, h)
	c := s.dial(t)
	c.finish()
	conn := receive(t, conns, "OnReadClosed")
	require.Equal(t, 1, s.CountConnections())
	require.Equal(t, uint64(1), s.total(t, func(l uring.LoopStats) uint64 { return l.Connections }))
	require.NoError(t, conn.Close())
	c.expectEnd(nil)
	require.NoError(t, receive(t, ended, "OnClose"))
}
