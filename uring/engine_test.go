package uring_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// patience bounds every wait of these tests. It only ends those that fail.
const patience = 30 * time.Second

// handler is an EventHandler made of functions; those that are nil do nothing.
type handler struct {
	uring.BuiltinEventEngine
	booted  chan uring.Engine
	loop    chan uring.EventLoop // receives the loop of the first connection
	traffic func(uring.Conn) uring.Action
	opened  func(uring.Conn)
	closed  func(uring.Conn, error)
}

func (h *handler) OnBoot(e uring.Engine) uring.Action { h.booted <- e; return uring.None }

func (h *handler) OnOpen(c uring.Conn) ([]byte, uring.Action) {
	select {
	case h.loop <- c.EventLoop():
	default:
	}
	if h.opened != nil {
		h.opened(c)
	}
	return nil, uring.None
}

func (h *handler) OnTraffic(c uring.Conn) uring.Action { return h.traffic(c) }

func (h *handler) OnClose(c uring.Conn, err error) uring.Action {
	if h.closed != nil {
		h.closed(c, err)
	}
	return uring.None
}

func echo(c uring.Conn) uring.Action {
	p, _ := c.Next(-1)
	_, _ = c.Write(p)
	return uring.None
}

// server is a running engine.
type server struct {
	uring.Engine
	handler *handler
	addr    *net.TCPAddr
	done    chan error
	loop    uring.EventLoop // nil until hold has needed it
}

// start runs an engine and stops it at the end of the test. It checks that no
// completion was stale.
func start(t testing.TB, h *handler, config uring.Config) *server {
	t.Helper()
	h.booted, h.loop = make(chan uring.Engine, 1), make(chan uring.EventLoop, 1)
	s := &server{handler: h, done: make(chan error, 1)}
	go func() { s.done <- uring.Run(h, "tcp://127.0.0.1:0", config) }()
	select {
	case s.Engine = <-h.booted:
	case err := <-s.done:
		require.NoError(t, err)
		require.FailNow(t, "the engine ended before it booted")
	}
	s.addr = s.Engine.(uring.Introspector).Addrs()[0].(*net.TCPAddr)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := s.Stop(ctx)
		if !errors.Is(err, uring.ErrEngineInShutdown) {
			require.NoError(t, err)
		}
		require.NoError(t, <-s.done)
		require.Zero(t, s.stats(t).StaleCQEs)
	})
	return s
}

// stats returns the counters of all loops, added up as far as tests need it.
func (s *server) stats(t testing.TB) (sum uring.LoopStats) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := s.Engine.(uring.Introspector).LoopStats(ctx)
	require.NoError(t, err)
	for _, one := range all {
		sum.Traffic += one.Traffic
		sum.Copied += one.Copied
		sum.Enters += one.Enters
		sum.Receives += one.Receives
		sum.Sends += one.Sends
		sum.SendRest += one.SendRest
		sum.NoBuffers += one.NoBuffers
		sum.AcceptFails += one.AcceptFails
		sum.Paused += one.Paused
		sum.CQOverflows += one.CQOverflows
		sum.StaleCQEs += one.StaleCQEs
		sum.Connections += one.Connections
		sum.Accepted += one.Accepted
	}
	return sum
}

// until waits for a condition that the engine's counters show.
func (s *server) until(t testing.TB, condition func(uring.LoopStats) bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(s.stats(t)); runtime.Gosched() {
		require.True(t, time.Now().Before(deadline), "still %+v", s.stats(t))
	}
}

// hold keeps the only loop busy until release is called, so that what happens
// meanwhile comes to it at once. There must have been a connection.
func (s *server) hold(t testing.TB) (release func()) {
	t.Helper()
	held, freed := make(chan struct{}), make(chan struct{})
	run := uring.RunnableFunc(func(context.Context) error {
		close(held)
		<-freed
		return nil
	})
	if s.loop == nil {
		s.loop = <-s.handler.loop
	}
	require.NoError(t, s.loop.Execute(context.Background(), run))
	<-held
	return func() { close(freed) }
}

// dial connects a blocking socket with time limits, which is closed at the end
// of the test.
func (s *server) dial(t testing.TB) int {
	t.Helper()
	fd := newSocket(t)
	s.connect(t, fd)
	return fd
}

func newSocket(t testing.TB) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func (s *server) connect(t testing.TB, fd int) {
	t.Helper()
	require.NoError(t, unix.Connect(fd, &unix.SockaddrInet4{Port: s.addr.Port, Addr: [4]byte{127, 0, 0, 1}}))
	// Not before: a signal would end a connect with a time limit.
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	require.NoError(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit))
	require.NoError(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
}

func write(t testing.TB, fd int, p []byte) {
	t.Helper()
	for len(p) > 0 {
		n, err := retry(func() (int, error) { return unix.Write(fd, p) })
		require.NoError(t, err)
		p = p[n:]
	}
}

// read reads n bytes, or what comes before the end of input.
func read(t testing.TB, fd, n int) []byte {
	t.Helper()
	p := make([]byte, n)
	got := 0
	for got < n {
		m, err := retry(func() (int, error) { return unix.Read(fd, p[got:]) })
		require.NoError(t, err)
		if m == 0 {
			break
		}
		got += m
	}
	return p[:got]
}

// retry repeats a call that a signal has interrupted. Go's handlers restart
// calls, but not those on sockets with a time limit; see signal(7).
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != unix.EINTR {
			return n, err
		}
	}
}
