package fibserver_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/gnetsrv"
	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/internal/fibserver"
	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
)

// engines run a handler on two loops. Every test of this package that talks to
// real sockets does so on each of them.
var engines = map[string]func(uring.EventHandler, []string) error{
	"gnet": func(h uring.EventHandler, addrs []string) error {
		return gnetsrv.Rotate(h, addrs, gnetsrv.Config{Loops: 2, Logger: quiet})
	},
	"uring": func(h uring.EventHandler, addrs []string) error {
		return uring.Rotate(h, addrs, uring.Config{Loops: 2, Logger: quiet})
	},
}

var quiet = slog.New(slog.DiscardHandler)

// model is the same on every machine: recursive up to 17 is inline, and
// recursive 51 is the largest that fits a minute.
var model = fib.NewModel(fib.Costs{
	Call: 10, Leaf: 2.5, Step: 0.5,
	Addition: 15, AdditionWord: 0.55,
	Doubling: 100, DoublingWork: 5,
	Print: 270, PrintWork: 10,
})

// onEngines runs a test on every engine, and fails it if it leaves goroutines
// or descriptors behind.
func onEngines(t *testing.T, test func(t *testing.T, s *service), change func(*fibserver.Config)) {
	t.Helper()
	for name, rotate := range engines {
		t.Run(name, func(t *testing.T) {
			testutil.CheckLeaks(t)
			s := start(t, rotate, change)
			defer s.stop()
			test(t, s)
		})
	}
}

// service is a server that runs on an engine.
type service struct {
	*fibserver.Server
	t      *testing.T
	engine uring.Engine
	booted chan struct{}
	ended  chan error
	once   sync.Once // stops the engine

	chunk, line string // addresses
}

// OnBoot shadows the server's own, to learn of the engine.
func (s *service) OnBoot(eng uring.Engine) uring.Action {
	s.engine = eng
	addrs := eng.(uring.Introspector).Addrs()
	s.chunk, s.line = addrs[0].String(), addrs[1].String()
	action := s.Server.OnBoot(eng)
	close(s.booted)
	return action
}

func start(t *testing.T, rotate func(uring.EventHandler, []string) error, change func(*fibserver.Config)) *service {
	config := fibserver.Config{Modes: []fibserver.Mode{fibserver.Chunk, fibserver.Line}, Model: model, Logger: quiet}
	if change != nil {
		change(&config)
	}
	server, err := fibserver.New(config)
	require.NoError(t, err)
	s := &service{Server: server, t: t, booted: make(chan struct{}), ended: make(chan error, 1)}
	go func() { s.ended <- rotate(s, []string{"tcp://127.0.0.1:0", "tcp://127.0.0.1:0"}) }()
	select {
	case <-s.booted:
	case err := <-s.ended:
		require.NoError(t, err)
		require.Fail(t, "the engine has ended before it has begun")
	}
	return s
}

// stop stops the engine and checks that the server has forgotten everything.
func (s *service) stop() {
	s.once.Do(func() {
		require.NoError(s.t, s.engine.Stop(context.Background()))
		require.NoError(s.t, <-s.ended)
	})
	snap := s.Snapshot()
	require.Zero(s.t, snap.Connections)
	require.Zero(s.t, snap.Inflight)
}

// client is a connection to a service. What hangs fails.
type client struct {
	*net.TCPConn
	t require.TestingT
}

func dial(t require.TestingT, addr string) *client {
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return &client{TCPConn: c.(*net.TCPConn), t: t}
}

// send sends text in one write.
func (c *client) send(text string) {
	_, err := c.Write([]byte(text))
	require.NoError(c.t, err)
}

// expect reads exactly the answers that it is given.
func (c *client) expect(answers string) {
	got := make([]byte, len(answers))
	n, err := io.ReadFull(c, got)
	c.compare(answers, string(got[:n]), err)
}

// expectLast is expect for the last answers before the end of the connection.
func (c *client) expectLast(answers string) {
	got, err := io.ReadAll(c)
	c.compare(answers, string(got), err)
	require.NoError(c.t, c.Close())
}

// compare compares answers, which may be too long to be printed.
func (c *client) compare(want, got string, err error) {
	if len(want) < 1000 {
		require.NoError(c.t, err, "got %q, want %q", got, want)
		require.Equal(c.t, want, got)
		return
	}
	require.NoError(c.t, err, "got %d bytes", len(got))
	require.Equal(c.t, len(want), len(got), "number of bytes")
	require.True(c.t, want == got, "answers differ")
}

// finish ends the input of the server.
func (c *client) finish() { require.NoError(c.t, c.CloseWrite()) }

// reset ends the connection without further ado.
func (c *client) reset() {
	require.NoError(c.t, c.SetLinger(0))
	require.NoError(c.t, c.Close())
}
