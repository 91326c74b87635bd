package servertest

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// How engines end.
var stopTests = []test{
	{"StopTwice", testStopTwice},
	{"StopByMany", testStopByMany},
	{"StopWithEndedContext", testStopWithEndedContext},
	{"StopWithClientsWaiting", testStopWithClientsWaiting},
	{"StopWithOutputWaiting", testStopWithOutputWaiting},
	{"StopWhilePeersSend", testStopWhilePeersSend},
	{"ShutdownFromOnBoot", testShutdownFromOnBoot},
	{"ShutdownFromOnOpen", testShutdownFromOnOpen},
	{"ShutdownFromOnTraffic", testShutdownFromOnTraffic},
	{"ShutdownFromWake", testShutdownFromWake},
	{"ShutdownFromOnReadClosed", testShutdownFromOnReadClosed},
	{"ShutdownFromOnClose", testShutdownFromOnClose},
	{"ShutdownFromOnTick", testShutdownFromOnTick},
}

func testStopTwice(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	s.dial(t).roundTrip([]byte("hello"))
	require.NoError(t, s.Validate())
	s.stop(t)
	require.ErrorIs(t, s.Validate(), uring.ErrEngineInShutdown)
	if err := s.Stop(t.Context()); err != nil {
		require.ErrorIs(t, err, uring.ErrEngineInShutdown)
	}
}

func testStopByMany(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	s.dial(t).roundTrip([]byte("hello"))
	var stoppers sync.WaitGroup
	for range 8 {
		stoppers.Go(func() {
			if err := s.Stop(t.Context()); err != nil {
				assert.ErrorIs(t, err, uring.ErrEngineInShutdown)
			}
		})
	}
	stoppers.Wait()
	s.end(t)
}

// block makes every loop of the engine wait until release is called.
func (s *server) block(t *testing.T, conns <-chan uring.Conn, loops int) (release func()) {
	t.Helper()
	blocked := map[uring.EventLoop]bool{}
	gate := make(chan struct{})
	reached := make(chan struct{}, loops)
	for tries := 0; len(blocked) < loops; tries++ {
		require.Less(t, tries, 1000, "a loop without connections")
		// Those that a blocked loop would accept wait in vain.
		s.dial(t)
		var conn uring.Conn
		select {
		case conn = <-conns:
		case <-time.After(10 * time.Millisecond):
			continue
		}
		if loop := conn.EventLoop(); !blocked[loop] {
			blocked[loop] = true
			require.NoError(t, loop.Execute(t.Context(), onLoop(func() {
				reached <- struct{}{}
				<-gate
			})))
			receive(t, reached, "the loop")
		}
	}
	return sync.OnceFunc(func() { close(gate) })
}

// askToStop asks the engine to stop and does not wait for it.
func (s *server) askToStop(t *testing.T) {
	t.Helper()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Stop(ended), context.Canceled)
}

func testStopWithEndedContext(t *testing.T, e env) {
	s, conns := e.opened(t, handler{traffic: echo})
	release := s.block(t, conns, e.settings.Loops)
	defer release()
	s.askToStop(t)
	release()
	s.end(t)
}

// Clients have connected, and sent something, and the loops have not come to
// them when the engine stops. They see an answer or an orderly end.
func testStopWithClientsWaiting(t *testing.T, e env) {
	s, conns := e.opened(t, handler{traffic: echo})
	release := s.block(t, conns, e.settings.Loops)
	defer release()
	var clients []*client
	for range 100 {
		c := s.dial(t)
		c.send([]byte("anybody there?"))
		clients = append(clients, c)
	}
	s.askToStop(t)
	release()
	for i, c := range clients {
		got, err := io.ReadAll(c)
		require.NoError(t, err, "client %d", i)
		if len(got) > 0 {
			require.Equal(t, "anybody there?", string(got))
		}
	}
	s.end(t)
}

// What was written before the stop is still sent.
func testStopWithOutputWaiting(t *testing.T, e env) {
	answer := pattern(12 << 20)
	written := make(chan struct{})
	e.settings.Linger = patience
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		_, _ = c.Discard(-1)
		_, _ = c.Write(answer)
		close(written)
		return uring.None
	}})
	c := s.dial(t)
	c.send([]byte("?"))
	receive(t, written, "the answer")
	s.askToStop(t)
	c.expectEnd(answer)
	require.NoError(t, c.Close())
	s.end(t)
}

func testStopWhilePeersSend(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		_, _ = c.Discard(-1)
		return uring.None
	}})
	var floods []<-chan struct{}
	for range 10 {
		floods = append(floods, s.dial(t).flood())
	}
	s.stop(t)
	for _, flood := range floods {
		receive(t, flood, "the end of a flood")
	}
}

func testShutdownFromOnBoot(t *testing.T, e env) {
	h := &handler{boot: func(uring.Engine) uring.Action { return uring.Shutdown }}
	require.NoError(t, e.engine.Rotate(h, []string{loopback}, e.settings))
}

func testShutdownFromOnOpen(t *testing.T, e env) {
	s := e.start(t, &handler{open: func(uring.Conn) ([]byte, uring.Action) { return nil, uring.Shutdown }})
	c := s.dial(t)
	s.end(t)
	c.expectEnd(nil)
}

func testShutdownFromOnTraffic(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		echo(c)
		return uring.Shutdown
	}})
	idle := s.dial(t)
	c := s.dial(t)
	c.send([]byte("stop"))
	c.expectEnd([]byte("stop"))
	idle.expectEnd(nil)
	s.end(t)
}

func testShutdownFromWake(t *testing.T, e env) {
	s, conns := e.opened(t, handler{traffic: func(uring.Conn) uring.Action { return uring.Shutdown }})
	c := s.dial(t)
	require.NoError(t, receive(t, conns, "OnOpen").Wake(nil))
	c.expectEnd(nil)
	s.end(t)
}

func testShutdownFromOnReadClosed(t *testing.T, e env) {
	s := e.start(t, &halfHandler{readClosed: func(uring.Conn) uring.Action { return uring.Shutdown }})
	c := s.dial(t)
	c.finish()
	c.expectEnd(nil)
	s.end(t)
}

func testShutdownFromOnClose(t *testing.T, e env) {
	s := e.start(t, &handler{last: uring.Shutdown})
	idle := s.dial(t)
	require.NoError(t, s.dial(t).Close())
	idle.expectEnd(nil)
	s.end(t)
}

func testShutdownFromOnTick(t *testing.T, e env) {
	e.settings.Ticker = true
	ticks := 0
	s := e.start(t, &handler{tick: func() (time.Duration, uring.Action) {
		ticks++
		if ticks == 3 {
			return 0, uring.Shutdown
		}
		return time.Millisecond, uring.None
	}})
	s.end(t)
	require.GreaterOrEqual(t, ticks, 3)
}
