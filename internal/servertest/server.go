package servertest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must happen. It is not a bound on
// an engine's speed: only a broken engine meets it.
const patience = 30 * time.Second

// loopback is the address that tests listen on.
const loopback = "tcp://127.0.0.1:0"

// server is an engine that runs.
type server struct {
	uring.Engine
	referee *referee
	addrs   []net.Addr
	ended   chan error // gets what Rotate returns
}

// start runs an engine on loopback, or on addrs, until the test ends.
func (e env) start(t *testing.T, handler uring.EventHandler, addrs ...string) *server {
	t.Helper()
	if len(addrs) == 0 {
		addrs = []string{loopback}
	}
	s := &server{referee: newReferee(t, handler), ended: make(chan error, 1)}
	go func() { s.ended <- e.engine.Rotate(s.referee.handler(), addrs, e.settings) }()
	select {
	case s.Engine = <-s.referee.booted:
	case err := <-s.ended:
		require.FailNow(t, "the engine did not start", "%v", err)
	}
	s.addrs = s.Engine.(uring.Introspector).Addrs()
	t.Cleanup(func() {
		if s.Validate() == nil {
			s.stop(t)
		}
	})
	return s
}

// stop stops the engine and checks that it has ended well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	s.end(t)
}

// end waits for the end of an engine that has been told to stop.
func (s *server) end(t *testing.T) {
	t.Helper()
	require.NoError(t, receive(t, s.ended, "the end of the engine"))
	assert.Error(t, s.Validate())
	s.referee.checkEnd()
}

// dial opens a connection to the server's first address.
func (s *server) dial(t *testing.T) *client { return dial(t, s.addrs[0]) }

// stats returns the counters of all loops.
func (s *server) stats(t *testing.T) []uring.LoopStats {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stats, err := s.Engine.(uring.Introspector).LoopStats(ctx)
	require.NoError(t, err)
	return stats
}

// total returns the sum of one counter over all loops.
func (s *server) total(t *testing.T, counter func(uring.LoopStats) uint64) uint64 {
	t.Helper()
	sum := uint64(0)
	for _, stats := range s.stats(t) {
		sum += counter(stats)
	}
	return sum
}

// receive takes the next value of a channel.
func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		require.FailNow(t, "waiting in vain for "+what)
		panic("not reached")
	}
}
