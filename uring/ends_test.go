package uring_test

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// booter is a handler with a callback of its own at boot.
type booter struct {
	handler
	boot func(uring.Engine) uring.Action
}

func (h *booter) OnBoot(e uring.Engine) uring.Action { return h.boot(e) }

func TestDup_InCallbacks(t *testing.T) {
	dup := func(e uring.Engine) {
		fd, err := e.Dup()
		require.NoError(t, err)
		require.NoError(t, unix.Close(fd))
	}
	booting := &booter{boot: func(e uring.Engine) uring.Action { dup(e); return uring.Shutdown }}
	require.NoError(t, uring.Run(booting, "tcp://127.0.0.1:0", uring.Config{}))

	engines := make(chan uring.Engine, 1)
	s := start(t, &handler{traffic: func(c uring.Conn) uring.Action { dup(<-engines); return echo(c) }}, uring.Config{})
	engines <- s.Engine
	fd := s.dial(t)
	write(t, fd, []byte("x"))
	require.Equal(t, "x", string(read(t, fd, 1)))
}

func TestStop_AfterShutdownFromOnBoot(t *testing.T) {
	var engine uring.Engine
	h := &booter{boot: func(e uring.Engine) uring.Action { engine = e; return uring.Shutdown }}
	require.NoError(t, uring.Run(h, "tcp://127.0.0.1:0", uring.Config{}))
	require.ErrorIs(t, engine.Validate(), uring.ErrEngineInShutdown)
	require.ErrorIs(t, engine.Stop(context.Background()), uring.ErrEngineInShutdown)
	require.NoError(t, engine.(uring.Quiescer).Quiesce(context.Background()))
}

func TestRun_OneLoopThatCannotBeginEndsAll(t *testing.T) {
	h := &booter{boot: func(uring.Engine) uring.Action { return uring.None }}
	require.ErrorIs(t, uring.Run(h, "tcp://127.0.0.1:0", uring.Config{CPUs: []int{0, 1023, 0}}), unix.EINVAL)
}

// Without lingering, a send that waits for a peer is given up at the close.
func TestClose_NoLingerAndAPeerThatDoesNotRead(t *testing.T) {
	conns := make(chan uring.Conn, 1)
	s := start(t, &handler{
		traffic: func(c uring.Conn) uring.Action {
			_, _ = c.Discard(-1)
			_, _ = c.Write(make([]byte, 32<<20))
			return uring.None
		},
		opened: func(c uring.Conn) { conns <- c },
	}, uring.Config{Linger: -1})
	write(t, s.dial(t), []byte("x"))
	c := <-conns
	s.until(t, func(stats uring.LoopStats) bool { return stats.SendRest > 0 })
	require.NoError(t, c.Close())
	for deadline := time.Now().Add(patience); c.Fd() >= 0; runtime.Gosched() {
		require.True(t, time.Now().Before(deadline), "the descriptor is still open")
	}
}

// keeper goes on with connections after the peer's FIN.
type keeper struct {
	handler
	readClosed chan struct{}
}

func (h *keeper) OnReadClosed(uring.Conn) uring.Action {
	h.readClosed <- struct{}{}
	return uring.None
}

// The kernel looks for a FIN whether it is asked to or not, so that a poll for
// other things could end and be armed again for ever.
func TestHalfClose_LoopSleepsAndNoticesAReset(t *testing.T) {
	closed := make(chan error, 1)
	h := &keeper{readClosed: make(chan struct{}, 1)}
	h.booted = make(chan uring.Engine, 1)
	h.closed = func(_ uring.Conn, err error) { closed <- err }
	h.traffic = func(uring.Conn) uring.Action { return uring.None }
	s := &server{handler: &h.handler, done: make(chan error, 1)}
	go func() { s.done <- uring.Run(h, "tcp://127.0.0.1:0", uring.Config{BusyPoll: -1}) }()
	s.Engine = <-h.booted
	s.addr = s.Engine.(uring.Introspector).Addrs()[0].(*net.TCPAddr)

	fd := s.dial(t)
	require.NoError(t, unix.Shutdown(fd, unix.SHUT_WR))
	<-h.readClosed
	const questions = 200
	before := s.stats(t)
	for range questions { // each wakes the loop, which then sleeps again
		s.stats(t)
	}
	require.Less(t, s.stats(t).Enters-before.Enters, uint64(4*questions))

	require.NoError(t, unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	require.NoError(t, unix.Close(fd))
	require.Error(t, <-closed)
	require.NoError(t, s.Stop(context.Background()))
	require.NoError(t, <-s.done)
}
