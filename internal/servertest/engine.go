package servertest

import (
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What an Engine tells of itself.
var engineTests = []test{
	{"EngineCountsConnections", testEngineCountsConnections},
	{"EngineLoopStats", testEngineLoopStats},
	{"EngineKeepsContexts", testEngineKeepsContexts},
	{"EngineDupsListener", testEngineDupsListener},
	{"EngineTicks", testEngineTicks},
	{"EngineDoesNotTickUnasked", testEngineDoesNotTickUnasked},
}

func testEngineCountsConnections(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{closed: ended.closed})
	require.Zero(t, s.CountConnections())
	var clients []*client
	for i := range 10 {
		clients = append(clients, s.dial(t))
		receive(t, conns, "OnOpen")
		require.Equal(t, i+1, s.CountConnections())
	}
	for _, c := range clients {
		require.NoError(t, c.Close())
		receive(t, ended, "OnClose")
	}
	for s.CountConnections() != 0 { // counted after OnClose, perhaps
		require.NoError(t, s.Validate())
	}
}

func testEngineLoopStats(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	for i, loop := range s.stats(t) {
		require.Equal(t, i, loop.Loop)
		require.Equal(t, -1, loop.CPU)
		require.Zero(t, loop.Accepted)
	}
	const clients, size = 10, 1000
	for range clients {
		s.dial(t).roundTrip(pattern(size))
	}
	require.Len(t, s.stats(t), e.settings.Loops)
	require.EqualValues(t, clients, s.total(t, func(l uring.LoopStats) uint64 { return l.Accepted }))
	require.EqualValues(t, clients, s.total(t, func(l uring.LoopStats) uint64 { return l.Connections }))
	require.EqualValues(t, clients*size, s.total(t, func(l uring.LoopStats) uint64 { return l.BytesIn }))
	require.EqualValues(t, clients*size, s.total(t, func(l uring.LoopStats) uint64 { return l.BytesOut }))
	require.GreaterOrEqual(t, s.total(t, func(l uring.LoopStats) uint64 { return l.Traffic }), uint64(clients))
	require.Zero(t, s.total(t, func(l uring.LoopStats) uint64 { return l.StaleCQEs }))
}

// A connection's context is the handler's own from OnOpen to OnClose.
func testEngineKeepsContexts(t *testing.T, e env) {
	texts := make(chan any, 1024)
	s := e.start(t, &halfHandler{
		handler: handler{
			open: func(c uring.Conn) ([]byte, uring.Action) {
				if c.Context() != nil {
					texts <- "a context before the first"
				}
				c.SetContext(c.RemoteAddr().String())
				return nil, uring.None
			},
			traffic: func(c uring.Conn) uring.Action {
				texts <- c.Context()
				return uring.None
			},
			closed: func(c uring.Conn, _ error) { texts <- c.Context() },
		},
		readClosed: func(c uring.Conn) uring.Action {
			texts <- c.Context()
			_ = c.Close() // later
			return uring.None
		},
	})
	for range 5 {
		c := s.dial(t)
		for _, step := range []func(){func() { c.send([]byte{1}) }, c.finish, func() {}} {
			step()
			require.Equal(t, c.LocalAddr().String(), receive(t, texts, "the context"))
		}
	}
}

func testEngineDupsListener(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo}, loopback, "tcp://:0")
	for _, addr := range s.addrs {
		fd, err := s.DupListener("tcp", addr.String())
		require.NoError(t, err)
		listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
		require.NoError(t, unix.Close(fd))
		require.NoError(t, err)
		require.Equal(t, 1, listening)
	}
	_, err := s.DupListener("tcp", "127.0.0.1:1")
	require.Error(t, err)
	_, err = s.Dup()
	require.ErrorIs(t, err, uring.ErrUnsupportedOp, "there are two listeners")
}

func testEngineTicks(t *testing.T, e env) {
	e.settings.Ticker = true
	ticks := make(chan struct{})
	stop := make(chan struct{})
	e.start(t, &handler{tick: func() (time.Duration, uring.Action) {
		select {
		case ticks <- struct{}{}:
		case <-stop:
		}
		return time.Millisecond, uring.None
	}})
	defer close(stop)
	for range 3 {
		receive(t, ticks, "OnTick")
	}
}

func testEngineDoesNotTickUnasked(t *testing.T, e env) {
	ticked := false
	s := e.start(t, &handler{
		tick: func() (time.Duration, uring.Action) {
			ticked = true
			return time.Hour, uring.None
		},
		traffic: echo,
	})
	s.dial(t).roundTrip([]byte("hello"))
	s.stop(t)
	require.False(t, ticked)
}
