package gnetsrv

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const patience = 30 * time.Second

var discard = slog.New(slog.DiscardHandler)

// echo is a server of one connection at a time.
type echo struct {
	uring.BuiltinEventEngine
	booted chan engine
	open   func(uring.Conn)
	ended  chan error
	closes int // owned by the loop
}

func newEcho() *echo {
	return &echo{booted: make(chan engine, 1), ended: make(chan error, 1024)}
}

func (h *echo) OnBoot(eng uring.Engine) uring.Action {
	h.booted <- eng.(engine)
	return uring.None
}

func (h *echo) OnOpen(c uring.Conn) ([]byte, uring.Action) {
	if h.open != nil {
		h.open(c)
	}
	return nil, uring.None
}

func (h *echo) OnTraffic(c uring.Conn) uring.Action {
	p, _ := c.Next(-1)
	_, _ = c.Write(p)
	if string(p) == "close" {
		return uring.Close
	}
	return uring.None
}

func (h *echo) OnClose(_ uring.Conn, err error) uring.Action {
	h.closes++
	h.ended <- err
	return uring.None
}

func (h *echo) boots() <-chan engine { return h.booted }

// bootable is a handler that tells of its engine.
type bootable interface {
	uring.EventHandler
	boots() <-chan engine
}

// start runs h until the test ends, and expects that it ends well.
func start(t *testing.T, h bootable, config Config) engine {
	t.Helper()
	testutil.CheckLeaks(t)
	if config.Logger == nil {
		config.Logger = discard
	}
	result := make(chan error, 1)
	go func() { result <- Run(h, "tcp://127.0.0.1:0", config) }()
	eng := <-h.boots()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, eng.Stop(ctx))
		require.NoError(t, <-result)
	})
	return eng
}

func dial(t *testing.T, eng engine) net.Conn {
	t.Helper()
	client, err := net.Dial("tcp", eng.Addrs()[0].String())
	require.NoError(t, err)
	require.NoError(t, client.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { client.Close() })
	return client
}

func roundTrip(t *testing.T, client net.Conn, message string) {
	t.Helper()
	_, err := io.WriteString(client, message)
	require.NoError(t, err)
	answer := make([]byte, len(message))
	_, err = io.ReadFull(client, answer)
	require.NoError(t, err)
	require.Equal(t, message, string(answer))
}

func stats(t *testing.T, eng engine) uring.LoopStats {
	t.Helper()
	all, err := eng.LoopStats(t.Context())
	require.NoError(t, err)
	return all[0]
}

func TestRun_BadConfig(t *testing.T) {
	for _, config := range []Config{{Loops: -1}, {Loops: 257}, {MaxInbound: -1}} {
		require.Error(t, Run(newEcho(), "tcp://127.0.0.1:0", config))
	}
}

func TestConfig_Zero(t *testing.T) {
	config, err := Config{}.complete()
	require.NoError(t, err)
	require.Equal(t, Config{Loops: 1, MaxInbound: 1 << 20, Linger: 2 * time.Second, Logger: slog.Default()}, config)
	config, err = Config{CPUs: []int{3, 4}}.complete()
	require.NoError(t, err)
	require.Equal(t, 2, config.Loops)
}

// pinnedThreads counts the threads of the process that may use one CPU only.
func pinnedThreads(t *testing.T, cpu int) int {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/status")
	require.NoError(t, err)
	pinned := 0
	for _, file := range files {
		text, _ := os.ReadFile(file) // empty if the thread has ended
		if strings.Contains(string(text), fmt.Sprintf("Cpus_allowed_list:\t%d\n", cpu)) {
			pinned++
		}
	}
	return pinned
}

func TestRun_PinsLoopsAndNothingElse(t *testing.T) {
	var before unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &before))
	cpu := 0
	for !before.IsSet(cpu) {
		cpu++
	}
	if before.Count() == 1 {
		t.Skip("one CPU: every thread is pinned")
	}
	t.Run("serving", func(t *testing.T) {
		h := newEcho()
		threads := make(chan unix.CPUSet, 1)
		h.open = func(uring.Conn) {
			var set unix.CPUSet
			assert.NoError(t, unix.SchedGetaffinity(0, &set))
			threads <- set
		}
		eng := start(t, h, Config{CPUs: []int{cpu}})
		require.Equal(t, -1, stats(t, eng).CPU, "before the first connection")
		roundTrip(t, dial(t, eng), "hello")
		set := <-threads
		require.Equal(t, 1, set.Count())
		require.True(t, set.IsSet(cpu))
		require.Equal(t, cpu, stats(t, eng).CPU)
	})
	// The loop's thread ends, which takes the kernel a moment.
	for start := time.Now(); time.Since(start) < patience && pinnedThreads(t, cpu) > 0; {
		runtime.Gosched()
	}
	require.Zero(t, pinnedThreads(t, cpu))
}

func TestRun_CannotPin(t *testing.T) {
	records := &recorder{}
	eng := start(t, newEcho(), Config{CPUs: []int{1023}, Logger: slog.New(records)})
	roundTrip(t, dial(t, eng), "hello")
	require.Equal(t, -1, stats(t, eng).CPU)
	require.Len(t, records.above(slog.LevelInfo), 1)
}

// recorder is a slog.Handler that keeps what it gets.
type recorder struct {
	mu      sync.Mutex
	records []slog.Record
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }
func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, record)
	return nil
}

// above returns the messages of at least the given level.
func (r *recorder) above(level slog.Level) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var messages []string
	for _, record := range r.records {
		if record.Level >= level {
			messages = append(messages, record.Message)
		}
	}
	return messages
}

func TestRun_GnetsChatterIsDebug(t *testing.T) {
	records := &recorder{}
	t.Run("serving", func(t *testing.T) {
		eng := start(t, newEcho(), Config{Loops: 2, Logger: slog.New(records)})
		roundTrip(t, dial(t, eng), "hello")
	})
	require.Empty(t, records.above(slog.LevelInfo))
	require.Contains(t, strings.Join(records.above(slog.LevelDebug), "\n"), "gnet: Launching gnet with 2 event-loops")
}

// With few descriptors left connections are refused, and the engine goes on.
func TestRun_DescriptorsRunOut(t *testing.T) {
	records := &recorder{}
	testutil.LimitDescriptors(t, 128)
	h := newEcho()
	eng := start(t, h, Config{Logger: slog.New(records)})
	var served []net.Conn
	refused := 0
	for refused < 3 {
		client := dial(t, eng)
		_, err := client.Write([]byte{1})
		if err == nil {
			_, err = client.Read(make([]byte, 1))
		}
		if err == nil {
			served = append(served, client)
			continue
		}
		require.NoError(t, client.Close())
		refused++
	}
	require.NotEmpty(t, served)
	require.EqualValues(t, refused, stats(t, eng).AcceptFails)
	require.EqualValues(t, len(served), stats(t, eng).Accepted)
	require.Len(t, records.above(slog.LevelInfo), 1, "one warning")
	require.NoError(t, served[0].Close())
	require.ErrorIs(t, <-h.ended, io.EOF)
	roundTrip(t, served[1], "still here")
}

// gnet's Run returns nil after a loop has died. Ours says why.
func TestRun_GnetDies(t *testing.T) {
	testutil.CheckLeaks(t)
	h := newEcho()
	config, err := Config{Logger: discard}.complete()
	require.NoError(t, err)
	s := newServer(h, config)
	s.fdLimit = 1 << 30 // nothing saves gnet
	require.NoError(t, s.reserve([]string{"tcp://127.0.0.1:0"}))
	result := make(chan error, 1)
	go func() { result <- s.serve() }()
	eng := <-h.booted
	roundTrip(t, dial(t, eng), "hello")

	// All descriptors are taken when the next connection comes.
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	testutil.LimitDescriptors(t, 3)
	addr := &unix.SockaddrInet4{Port: eng.server.addrs[0].Port, Addr: [4]byte{127, 0, 0, 1}}
	require.NoError(t, unix.Connect(client, addr))
	require.ErrorContains(t, <-result, "stopped unasked: Accept() failed due to error: too many open files")
	require.NoError(t, unix.Close(client))
	require.ErrorIs(t, eng.Stop(t.Context()), uring.ErrEngineInShutdown)
}

func TestConn_SetLingerZeroResets(t *testing.T) {
	h := newEcho()
	h.open = func(c uring.Conn) { assert.NoError(t, c.SetLinger(0)) }
	client := dial(t, start(t, h, Config{}))
	roundTrip(t, client, "hello")
	_, err := io.WriteString(client, "close")
	require.NoError(t, err)
	_, err = io.ReadAll(client)
	require.ErrorIs(t, err, unix.ECONNRESET)
}

func TestConn_Unsupported(t *testing.T) {
	h := newEcho()
	h.open = func(c uring.Conn) {
		assert.ErrorIs(t, c.SetDeadline(time.Time{}), uring.ErrUnsupportedOp)
		assert.ErrorIs(t, c.SetReadDeadline(time.Time{}), uring.ErrUnsupportedOp)
		assert.ErrorIs(t, c.SetWriteDeadline(time.Time{}), uring.ErrUnsupportedOp)
		_, err := c.SendTo(nil, nil)
		assert.ErrorIs(t, err, uring.ErrUnsupportedOp)
		_, err = c.EventLoop().Register(t.Context(), nil)
		assert.ErrorIs(t, err, uring.ErrUnsupportedOp)
		_, err = c.EventLoop().Enroll(t.Context(), nil)
		assert.ErrorIs(t, err, uring.ErrUnsupportedOp)
		assert.ErrorIs(t, c.EventLoop().Schedule(t.Context(), nil, 0), uring.ErrUnsupportedOp)
		assert.ErrorIs(t, c.EventLoop().Close(nil), uring.ErrUnsupportedOp)
	}
	eng := start(t, h, Config{})
	roundTrip(t, dial(t, eng), "hello")
	_, err := eng.Register(t.Context())
	require.ErrorIs(t, err, uring.ErrUnsupportedOp)
}

// EventLoop.Close ends a connection at once, as in gnet.
func TestLoop_CloseIsSynchronous(t *testing.T) {
	h := newEcho()
	h.open = func(c uring.Conn) {
		assert.NoError(t, c.EventLoop().Close(c))
		closed := h.closes
		assert.NoError(t, c.EventLoop().Close(c))
		assert.Equal(t, 1, closed)
		assert.Equal(t, 1, h.closes)
		_, err := c.Write([]byte{1})
		assert.ErrorIs(t, err, net.ErrClosed)
	}
	client := dial(t, start(t, h, Config{}))
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NoError(t, <-h.ended)
}

func TestLingerers_Bounded(t *testing.T) {
	var l lingerers
	first := &outbox{}
	require.True(t, l.add(first))
	for range maxLingerers - 1 {
		require.True(t, l.add(&outbox{}))
	}
	require.False(t, l.add(&outbox{}))
	l.remove(first)
	require.True(t, l.add(&outbox{}))
}
