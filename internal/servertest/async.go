package servertest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What other goroutines may do with a connection.
var asyncTests = []test{
	{"AsyncWriteFromManyGoroutines", testAsyncWriteFromManyGoroutines},
	{"AsyncWritev", testAsyncWritev},
	{"AsyncWriteAfterClose", testAsyncWriteAfterClose},
	{"AsyncWriteDuringStop", testAsyncWriteDuringStop},
	{"Wake", testWake},
	{"ExecuteRunsOnLoop", testExecuteRunsOnLoop},
	{"ExecuteRefuses", testExecuteRefuses},
}

// onLoop makes a Runnable of f.
func onLoop(f func()) uring.Runnable {
	return uring.RunnableFunc(func(context.Context) error {
		f()
		return nil
	})
}

// Every goroutine's messages keep their order, and every callback runs.
func testAsyncWriteFromManyGoroutines(t *testing.T, e env) {
	const goroutines, messages = 8, 400
	s, conns := e.opened(t, handler{traffic: leave})
	c := s.dial(t)
	conn := receive(t, conns, "OnOpen")
	called := make(chan error, goroutines*messages)
	callback := func(same uring.Conn, err error) error {
		assert.Same(t, conn, same)
		called <- err
		return nil
	}
	for g := range goroutines {
		go func() {
			for i := range messages {
				record := binary.BigEndian.AppendUint32(nil, uint32(g))
				record = binary.BigEndian.AppendUint32(record, uint32(i))
				assert.NoError(t, conn.AsyncWrite(record, callback))
			}
		}()
	}
	var next [goroutines]uint32
	for range goroutines * messages {
		var record [8]byte
		_, err := io.ReadFull(c, record[:])
		require.NoError(t, err)
		g := binary.BigEndian.Uint32(record[:4])
		require.Equal(t, next[g], binary.BigEndian.Uint32(record[4:]), "goroutine %d", g)
		next[g]++
	}
	for range goroutines * messages {
		require.NoError(t, receive(t, called, "a callback"))
	}
}

func testAsyncWritev(t *testing.T, e env) {
	s, conns := e.opened(t, handler{})
	c := s.dial(t)
	conn := receive(t, conns, "OnOpen")
	want := pattern(100000)
	require.NoError(t, conn.AsyncWritev([][]byte{want[:1], want[1:500], want[500:]}, nil))
	c.expect(want)
}

func testAsyncWriteAfterClose(t *testing.T, e env) {
	ended := newEnds()
	s, conns := e.opened(t, handler{closed: ended.closed})
	c := s.dial(t)
	conn := receive(t, conns, "OnOpen")
	require.NoError(t, c.Close())
	require.ErrorIs(t, receive(t, ended, "OnClose"), io.EOF)
	called := make(chan error, 1)
	callback := func(_ uring.Conn, err error) error {
		called <- err
		return nil
	}
	require.NoError(t, conn.AsyncWrite([]byte("late"), callback))
	require.ErrorIs(t, receive(t, called, "the callback"), net.ErrClosed)
	require.NoError(t, conn.AsyncWritev([][]byte{[]byte("late")}, callback))
	require.ErrorIs(t, receive(t, called, "the callback"), net.ErrClosed)
}

// An AsyncWrite either is refused or has its callback called, however it falls
// together with the engine's end.
func testAsyncWriteDuringStop(t *testing.T, e env) {
	s, conns := e.opened(t, handler{})
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		// Engines give those time who do not take what was written.
		readers.Go(s.dial(t).leaveAtEnd)
		conn := receive(t, conns, "OnOpen")
		writers.Go(func() { writeUntil(conn, stop) })
	}
	s.stop(t)
	close(stop)
	writers.Wait()
	readers.Wait()
}

// writeUntil calls AsyncWrite until stop is closed, and returns when every call
// has been answered.
func writeUntil(conn uring.Conn, stop <-chan struct{}) {
	const outstanding = 100
	tokens := make(chan struct{}, outstanding)
	giveBack := func(uring.Conn, error) error { <-tokens; return nil }
	for {
		select {
		case tokens <- struct{}{}:
			if conn.AsyncWrite([]byte{1}, giveBack) != nil {
				<-tokens
			}
		case <-stop:
			for range outstanding {
				tokens <- struct{}{}
			}
			return
		}
	}
}

func testWake(t *testing.T, e env) {
	traffic := make(chan int, 10)
	s, conns := e.opened(t, handler{traffic: func(c uring.Conn) uring.Action {
		traffic <- c.InboundBuffered()
		return uring.None
	}})
	s.dial(t)
	conn := receive(t, conns, "OnOpen")
	for range 5 {
		called := make(chan error, 1)
		require.NoError(t, conn.Wake(func(same uring.Conn, err error) error {
			assert.Same(t, conn, same)
			called <- err
			return nil
		}))
		require.Zero(t, receive(t, traffic, "OnTraffic"))
		require.NoError(t, receive(t, called, "the callback"))
	}
	require.Empty(t, traffic, "one OnTraffic for each Wake")
}

func testExecuteRunsOnLoop(t *testing.T, e env) {
	threads := make(chan int, 1)
	s, conns := e.opened(t, handler{traffic: func(uring.Conn) uring.Action {
		threads <- unix.Gettid()
		return uring.None
	}})
	for range 8 {
		c := s.dial(t)
		c.send([]byte{1})
		want := receive(t, threads, "OnTraffic")
		conn := receive(t, conns, "OnOpen")
		require.NoError(t, conn.EventLoop().Execute(t.Context(), onLoop(func() { threads <- unix.Gettid() })))
		require.Equal(t, want, receive(t, threads, "the runnable"))
	}
}

func testExecuteRefuses(t *testing.T, e env) {
	s, conns := e.opened(t, handler{})
	s.dial(t)
	loop := receive(t, conns, "OnOpen").EventLoop()
	require.ErrorIs(t, loop.Execute(t.Context(), nil), uring.ErrNilRunnable)
	s.stop(t)
	require.ErrorIs(t, loop.Execute(t.Context(), onLoop(func() {})), uring.ErrEngineInShutdown)
}
