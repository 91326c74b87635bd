package fibserver

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
)

// exampleModel makes admission the same on every machine: recursive up to 17
// and doubling up to 1,800 are inline, recursive 51 fits a minute.
var exampleModel = fib.NewModel(fib.Costs{
	Call: 10, Leaf: 2.5, Step: 0.5,
	Addition: 15, AdditionWord: 0.55,
	Doubling: 100, DoublingWork: 5,
	Print: 270, PrintWork: 10,
})

// fakeLoop queues what it is asked to execute until the test runs it.
type fakeLoop struct {
	uring.EventLoop
	queue chan uring.Runnable
}

func newFakeLoop() *fakeLoop { return &fakeLoop{queue: make(chan uring.Runnable, 1<<14)} }

func (l *fakeLoop) Execute(_ context.Context, r uring.Runnable) error {
	l.queue <- r
	return nil
}

// run executes what is queued, and what that queues.
func (l *fakeLoop) run() {
	for {
		select {
		case r := <-l.queue:
			_ = r.Run(context.Background())
		default:
			return
		}
	}
}

// runUntil executes what comes until the condition holds.
func (l *fakeLoop) runUntil(t require.TestingT, condition func() bool) {
	for !condition() {
		select {
		case r := <-l.queue:
			_ = r.Run(context.Background())
		case <-time.After(30 * time.Second):
			require.Fail(t, "nothing happened that would have fulfilled the condition")
		}
	}
}

// fakeEngine tells the server its addresses.
type fakeEngine struct {
	uring.Engine
	addrs []net.Addr
}

func (e fakeEngine) Addrs() []net.Addr { return e.addrs }

func (e fakeEngine) LoopStats(context.Context) ([]uring.LoopStats, error) { return nil, nil }

// Addresses of the fake engine: one for each mode.
var (
	chunkAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25000}
	lineAddr  = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 12345}
)

// fakeConn is a connection without a socket, and at the same time the part of
// an engine that serves it.
type fakeConn struct {
	uring.Conn
	server *Server
	loop   *fakeLoop
	local  net.Addr

	context  any
	in       []byte
	out      []byte
	unsent   int // what OutboundBuffered says
	readMore bool
	closed   bool
}

func (c *fakeConn) EventLoop() uring.EventLoop { return c.loop }
func (c *fakeConn) LocalAddr() net.Addr        { return c.local }
func (c *fakeConn) RemoteAddr() net.Addr       { return chunkAddr }
func (c *fakeConn) Context() any               { return c.context }
func (c *fakeConn) SetContext(context any)     { c.context = context }
func (c *fakeConn) InboundBuffered() int       { return len(c.in) }
func (c *fakeConn) OutboundBuffered() int      { return c.unsent }
func (c *fakeConn) ReadMore() bool             { return c.readMore }
func (c *fakeConn) Fd() int                    { return -1 }

func (c *fakeConn) Peek(n int) ([]byte, error) {
	if n > len(c.in) {
		return nil, io.ErrShortBuffer
	}
	return c.in[:n], nil
}

func (c *fakeConn) Discard(n int) (int, error) {
	clear(c.in[:n]) // the lease of what Peek returned has ended
	c.in = c.in[n:]
	return n, nil
}

func (c *fakeConn) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), nil
}

func (c *fakeConn) Close() error {
	c.act(uring.Close, nil)
	return nil
}

// act does what a callback asked for.
func (c *fakeConn) act(action uring.Action, err error) {
	if action == uring.Close && !c.closed {
		c.closed = true
		c.server.OnClose(c, err)
	}
}

// receive delivers bytes to the server.
func (c *fakeConn) receive(data string) {
	if !c.closed {
		c.in = append(slices.Clip(c.in), data...)
		c.act(c.server.OnTraffic(c), nil)
	}
}

// fin ends the input.
func (c *fakeConn) fin() {
	if !c.closed {
		c.act(c.server.OnReadClosed(c), nil)
	}
}

// reset ends the connection.
func (c *fakeConn) reset() { c.act(uring.Close, io.ErrUnexpectedEOF) }

// sent returns what the client has received since the last call.
func (c *fakeConn) sent() string {
	out := string(c.out)
	c.out = nil
	return out
}

// manual is an executor whose calls end when the test says so.
type manual struct {
	mu    sync.Mutex
	tasks []*manualTask
}

type manualTask struct {
	call      fib.Call
	done      func(fib.Result)
	ended     bool
	cancelled bool
}

func (m *manual) Submit(call fib.Call, done func(fib.Result)) (Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	task := &manualTask{call: call, done: done}
	m.tasks = append(m.tasks, task)
	return task, nil
}

func (m *manual) Close() {}

// finish computes the call with that number.
func (m *manual) finish(i int) {
	text, _ := m.tasks[i].call.Run(nil, nil)
	m.tasks[i].end(fib.Result{Text: text})
}

func (t *manualTask) Cancel() {
	t.cancelled = true
	t.end(fib.Result{Err: fib.ErrCancelled})
}

func (t *manualTask) end(r fib.Result) {
	if !t.ended {
		t.ended = true
		t.done(r)
	}
}

// rig is a server on a fake engine with one loop and a manual executor.
type rig struct {
	*Server
	loop   *fakeLoop
	manual *manual
}

func newRig(t require.TestingT, change func(*Config)) *rig {
	r := &rig{loop: newFakeLoop(), manual: &manual{}}
	config := Config{Modes: []Mode{Chunk, Line}, Model: exampleModel, Executor: r.manual}
	if change != nil {
		change(&config)
	}
	server, err := New(config)
	require.NoError(t, err)
	require.Equal(t, uring.None, server.OnBoot(fakeEngine{addrs: []net.Addr{chunkAddr, lineAddr}}))
	r.Server = server
	return r
}

// open connects a client.
func (r *rig) open(local net.Addr) *fakeConn {
	c := &fakeConn{server: r.Server, loop: r.loop, local: local}
	out, action := r.OnOpen(c)
	c.out = append(c.out, out...)
	c.act(action, nil)
	return c
}

// noneLeft checks that the server has forgotten every session and request.
func (r *rig) noneLeft(t *testing.T) {
	t.Helper()
	r.loop.run()
	snap := r.Snapshot()
	require.Zero(t, snap.Connections)
	require.Zero(t, snap.Inflight)
	for _, sh := range r.allShards() {
		require.Empty(t, sh.sessions)
	}
}
