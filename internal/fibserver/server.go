package fibserver

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/uring"
)

// Server is the handler that makes an engine a Fibonacci server. One Server
// serves one run of one engine. The engine calls the methods of
// uring.EventHandler and uring.ReadCloser; all others are safe for concurrent
// use.
type Server struct {
	uring.BuiltinEventEngine

	config   Config
	model    *fib.Model
	bare     *fib.Function // what a bare number asks for
	executor Executor      // immutable from OnBoot on
	addrs    []net.Addr    // immutable from OnBoot on

	open     atomic.Int64 // sessions
	inflight atomic.Int64 // requests on the executor or in a session's queue
	draining atomic.Bool
	aborted  atomic.Bool
	drained  chan struct{}
	once     sync.Once // closes drained

	mu     sync.Mutex
	shards map[uring.EventLoop]*shard // guarded by mu
}

var (
	_ uring.EventHandler = (*Server)(nil)
	_ uring.ReadCloser   = (*Server)(nil)
)

// New returns a server with that config, or says what is wrong with it. It
// starts nothing.
func New(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	s := &Server{
		config:   config,
		model:    config.Model,
		bare:     fib.Lookup(config.Algorithm),
		executor: config.Executor,
		drained:  make(chan struct{}),
		shards:   make(map[uring.EventLoop]*shard),
	}
	if s.model == nil {
		s.model = fib.NewModel(fib.Calibrate())
	}
	return s, nil
}

// OnBoot implements uring.EventHandler.
func (s *Server) OnBoot(eng uring.Engine) uring.Action {
	if in, ok := eng.(uring.Introspector); ok {
		s.addrs = in.Addrs()
	}
	if modes := len(s.config.Modes); modes > 1 && modes != len(s.addrs) {
		s.config.Logger.Error("engine does not have one address for each mode", "modes", modes, "addresses", len(s.addrs))
		return uring.Shutdown
	}
	if s.executor == nil {
		s.executor = NewGoroutines(runtime.GOMAXPROCS(0))
	}
	return uring.None
}

// OnShutdown implements uring.EventHandler.
func (s *Server) OnShutdown(uring.Engine) {
	if s.config.Executor == nil && s.executor != nil {
		s.executor.Close()
	}
}

// OnOpen implements uring.EventHandler.
func (s *Server) OnOpen(c uring.Conn) ([]byte, uring.Action) {
	sh := s.shardOf(c.EventLoop())
	if refusal := s.admit(); refusal.kind != noFailure {
		sh.counters.refused.Add(1)
		sh.counters.failures[refusal.kind].Add(1)
		return refusal.append(nil), uring.Close
	}
	sh.counters.accepted.Add(1)
	c.SetContext(sh.open(c, s.modeOf(c.LocalAddr())))
	return nil, uring.None
}

// admit counts a new connection, or says why it is refused.
func (s *Server) admit() failure {
	// The connection counts first, and its shard is known, so that a concurrent
	// Drain either waits for it or is seen by it.
	open := s.open.Add(1)
	refusal := failure{}
	if most := s.config.MaxConns; s.draining.Load() {
		refusal = failure{kind: stopping}
	} else if most > 0 && open > int64(most) {
		refusal = failure{kind: serverFull, count: most}
	}
	if refusal.kind != noFailure {
		s.leave()
	}
	return refusal
}

// leave is the opposite of admit.
func (s *Server) leave() {
	if s.open.Add(-1) == 0 {
		s.checkDrained()
	}
}

// OnTraffic implements uring.EventHandler.
func (s *Server) OnTraffic(c uring.Conn) uring.Action {
	if sess, ok := c.Context().(*session); ok {
		return sess.received()
	}
	return uring.None // refused, and about to be closed
}

// OnReadClosed implements uring.ReadCloser.
func (s *Server) OnReadClosed(c uring.Conn) uring.Action {
	if sess, ok := c.Context().(*session); ok {
		return sess.readEnded()
	}
	return uring.Close
}

// OnClose implements uring.EventHandler.
func (s *Server) OnClose(c uring.Conn, err error) uring.Action {
	sess, ok := c.Context().(*session)
	if !ok {
		return uring.None
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.config.Logger.Debug("connection broke", "remote", c.RemoteAddr(), "error", err)
	}
	sess.close()
	s.leave()
	return uring.None
}

// Drain makes the server treat every connection as if its peer had sent a FIN:
// what has arrived is answered, then the connection is closed. New ones are
// refused. It returns at once and may be called any number of times.
func (s *Server) Drain() {
	if s.draining.Swap(true) {
		return
	}
	for _, sh := range s.allShards() {
		sh.execute(sh.drain)
	}
	s.checkDrained()
}

// Drained returns a channel that is closed when, after Drain or Abort, no
// session is left.
func (s *Server) Drained() <-chan struct{} { return s.drained }

// Abort cancels all work, tells so the clients who wait for it, and closes
// every connection. Like Drain, it refuses new ones, returns at once and may be
// called any number of times.
func (s *Server) Abort() {
	if s.aborted.Swap(true) {
		return
	}
	s.draining.Store(true)
	for _, sh := range s.allShards() {
		sh.execute(sh.abort)
	}
	s.checkDrained()
}

// checkDrained closes drained if it is time.
func (s *Server) checkDrained() {
	if s.draining.Load() && s.open.Load() == 0 {
		s.once.Do(func() { close(s.drained) })
	}
}

// Snapshot returns the counters. They are read one after another while the
// loops go on, so that sums may be off by what happens meanwhile.
func (s *Server) Snapshot() Snapshot {
	snap := Snapshot{
		Connections: s.open.Load(),
		Inflight:    s.inflight.Load(),
		Failures:    make(map[string]uint64),
		Costs:       s.model.Costs(),
	}
	for _, sh := range s.allShards() {
		sh.counters.addTo(&snap)
	}
	snap.Requests = snap.Inline + snap.Offloaded + snap.Failed
	return snap
}

// shardOf returns the shard of a loop, which is new when that loop accepts its
// first connection.
func (s *Server) shardOf(loop uring.EventLoop) *shard {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shards[loop]
	if sh == nil {
		sh = newShard(s, loop)
		s.shards[loop] = sh
	}
	return sh
}

func (s *Server) allShards() []*shard {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.shards))
}

// modeOf returns the mode of connections to a local address.
func (s *Server) modeOf(local net.Addr) Mode {
	modes := s.config.Modes
	switch len(modes) {
	case 0:
		return Chunk
	case 1:
		return modes[0]
	}
	for i, addr := range s.addrs {
		if sameAddr(addr, local) {
			return modes[i]
		}
	}
	// The engine promises that this does not happen.
	panic(fmt.Sprintf("connection to %v, which is none of %v", local, s.addrs))
}

// sameAddr tells whether two addresses are equal.
func sameAddr(a, b net.Addr) bool {
	return a == b || a.Network() == b.Network() && a.String() == b.String()
}
