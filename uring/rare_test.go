package uring_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// pattern returns n bytes that differ by their place and by seed.
func pattern(n int, seed byte) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*31>>3) ^ seed
	}
	return p
}

// echoAll sends size bytes on each of n connections at once and expects them
// back.
func echoAll(t *testing.T, s *server, n, size int) {
	t.Helper()
	var group sync.WaitGroup
	for i := range n {
		fd := s.dial(t)
		sent := pattern(size, byte(i))
		group.Go(func() {
			received := read(t, fd, size)
			require.True(t, bytes.Equal(sent, received), "connection %d", i)
		})
		group.Go(func() { write(t, fd, sent) })
	}
	group.Wait()
}

func TestBuffers_OneForAFlood(t *testing.T) {
	s := start(t, &handler{traffic: echo}, uring.Config{BufferCount: 1, BufferSize: 512})
	echoAll(t, s, 8, 1<<18)
	require.Positive(t, s.stats(t).NoBuffers)
}

func TestCompletions_OverflowLosesNothing(t *testing.T) {
	s := start(t, &handler{traffic: echo}, uring.Config{Entries: 1, CompletionEntries: 1})
	s.dial(t)
	release := s.hold(t)
	fds := make([]int, 64)
	for i := range fds {
		fds[i] = s.dial(t)
		write(t, fds[i], []byte("ping"))
	}
	release()
	for _, fd := range fds {
		require.Equal(t, "ping", string(read(t, fd, 4)))
	}
	echoAll(t, s, 16, 1<<16)
	require.Positive(t, s.stats(t).CQOverflows)
}

func TestOutput_PeerThatDoesNotReadIsNotRead(t *testing.T) {
	const limit = 1 << 16
	s := start(t, &handler{traffic: echo}, uring.Config{MaxOutbound: limit})
	fd := s.dial(t)
	const size = 32 << 20 // more than the kernel's buffers of both sides take
	sent := pattern(size, 3)
	written := make(chan struct{})
	go func() {
		defer close(written)
		write(t, fd, sent)
	}()
	s.until(t, func(stats uring.LoopStats) bool { return stats.Paused > 0 && stats.SendRest > 0 })
	select {
	case <-written:
		require.FailNow(t, "everything was taken from a peer that reads nothing")
	default:
	}
	require.True(t, bytes.Equal(sent, read(t, fd, size)))
	<-written
}

// Output may drain before anybody looks at it again: first a message is sent and
// settled in the turn in which the handler writes the next. Having seen too much
// output, the handler is owed an OnTraffic all the same.
func TestOutput_HandlerThatWaitedIsCalledAgain(t *testing.T) {
	const limit = 1 << 20
	config := uring.Config{MaxOutbound: limit, BufferSize: 1} // every byte is a completion of its own
	s := start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		for c.InboundBuffered() > 0 && c.OutboundBuffered() <= limit {
			p, _ := c.Next(1)
			_, _ = c.Write(make([]byte, int(p[0])*10_000))
		}
		return uring.None
	}}, config)
	for range 50 {
		fd := s.dial(t)
		write(t, fd, []byte{90})
		read(t, fd, 1)
		write(t, fd, []byte{30, 1})
		require.Len(t, read(t, fd, 121*10_000-1), 121*10_000-1)
	}
}

func TestInput_HandlerThatDoesNotReadStopsThePeer(t *testing.T) {
	const limit, size = 1 << 16, 32 << 20
	conns := make(chan uring.Conn, 1)
	var greedy bool // on the loop
	s := start(t, &handler{
		opened: func(c uring.Conn) { conns <- c },
		traffic: func(c uring.Conn) uring.Action {
			if greedy {
				return echo(c)
			}
			if c.InboundBuffered() > 4*limit {
				t.Error("reading goes on although the handler does not read")
			}
			return uring.None
		},
	}, uring.Config{MaxInbound: limit, BufferSize: 4096, BufferCount: 16})
	fd := s.dial(t)
	sent := pattern(size, 5)
	go write(t, fd, sent)
	s.until(t, func(stats uring.LoopStats) bool { return stats.Paused > 0 })
	c := <-conns
	require.NoError(t, c.EventLoop().Execute(context.Background(), uring.RunnableFunc(func(context.Context) error {
		greedy = true
		return nil
	})))
	require.NoError(t, c.Wake(nil))
	require.True(t, bytes.Equal(sent, read(t, fd, size)))
}

// A connection that is paused is not received from, so its reset must be
// noticed in another way.
func TestInput_ResetOfAPausedConnectionIsNoticed(t *testing.T) {
	closed := make(chan error, 1)
	s := start(t, &handler{
		traffic: func(uring.Conn) uring.Action { return uring.None },
		closed:  func(_ uring.Conn, err error) { closed <- err },
	}, uring.Config{MaxInbound: 1000})
	fd := s.dial(t)
	write(t, fd, pattern(5000, 1))
	s.until(t, func(stats uring.LoopStats) bool { return stats.Paused > 0 })
	require.NoError(t, unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	require.NoError(t, unix.Close(fd))
	require.ErrorIs(t, <-closed, unix.ECONNRESET)
}

func TestAccept_RecoversFromTooFewDescriptors(t *testing.T) {
	const clients, spare = 64, 32 // the engine itself needs some of them
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = newSocket(t)
	}
	limitDescriptors(t, spare)
	conns := make(chan uring.Conn, clients)
	s := start(t, &handler{traffic: echo, opened: func(c uring.Conn) { conns <- c }}, uring.Config{Linger: -1})
	for i, fd := range fds {
		s.connect(t, fd)
		write(t, fd, []byte{byte(i)})
	}
	s.until(t, func(stats uring.LoopStats) bool { return stats.AcceptFails > 0 })
	require.Less(t, s.CountConnections(), clients)
	// Each connection that ends makes room for one that waits.
	for i, fd := range fds {
		require.Equal(t, []byte{byte(i)}, read(t, fd, 1))
		require.NoError(t, (<-conns).Close())
		require.Empty(t, read(t, fd, 1))
	}
}

// limitDescriptors lowers the limit of this process to what is open now and
// spare more.
func limitDescriptors(t *testing.T, spare int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	highest := 0
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		require.NoError(t, err)
		highest = max(highest, fd)
	}
	for filler, err := 0, error(nil); filler < highest; { // the limit is on the numbers, so no gap may be left
		filler, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		require.NoError(t, err)
		t.Cleanup(func() { _ = unix.Close(filler) })
	}
	var before unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	now := before
	now.Cur = uint64(highest + spare)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &now))
	t.Cleanup(func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &before)) })
}
