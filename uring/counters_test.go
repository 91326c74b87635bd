package uring_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What an engine on io_uring is for, shown by its counters: 64 connections with
// one small request in flight each. The loop is held while the requests are
// written, as it is busy under load, or it would answer each by itself.
func TestCounters_SmallRequestsAtSixtyFourConnections(t *testing.T) {
	const connections, rounds = 64, 60
	s := start(t, &handler{traffic: echo}, uring.Config{})
	fds := make([]int, connections)
	for i := range fds {
		fds[i] = s.dial(t)
	}
	round := func() {
		release := s.hold(t)
		for _, fd := range fds {
			write(t, fd, []byte("1\n"))
		}
		release()
		for _, fd := range fds {
			require.Equal(t, "1\n", string(read(t, fd, 2)))
		}
	}
	round()
	before := s.stats(t)
	for range rounds {
		round()
	}
	after := s.stats(t)

	const requests = connections * rounds
	require.Equal(t, uint64(requests), after.Traffic-before.Traffic)
	require.Zero(t, after.Copied, "a message that arrives whole is not copied")
	require.Zero(t, after.SendRest)
	require.Equal(t, uint64(requests), after.Sends-before.Sends)
	require.Less(t, float64(after.Receives-before.Receives)/requests, 0.02, "receive SQEs a request")
	require.Less(t, float64(after.Enters-before.Enters)/requests, 0.1, "enters a request")
}

// One request at a time costs one io_uring_enter, which sends the answer and
// waits for the next request.
func TestCounters_OneEnterARoundTrip(t *testing.T) {
	const requests = 1000
	s := start(t, &handler{traffic: echo}, uring.Config{BusyPoll: -1})
	fd := s.dial(t)
	before := s.stats(t)
	for range requests {
		write(t, fd, []byte("1\n"))
		require.Equal(t, "1\n", string(read(t, fd, 2)))
	}
	after := s.stats(t)
	require.Less(t, float64(after.Enters-before.Enters)/requests, 1.05)
}

func TestCounters_NoAllocation(t *testing.T) {
	const requests = 5000
	for name, config := range map[string]uring.Config{"sleeping": {BusyPoll: -1}, "adaptive": {}, "polling": {BusyPoll: 50 * time.Microsecond}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, &handler{traffic: echo}, config)
			fd := s.dial(t)
			request, answer := []byte("12345\n"), make([]byte, 16)
			exchange := func() {
				write(t, fd, request)
				n, err := retry(func() (int, error) { return unix.Read(fd, answer) })
				if n != len(request) || err != nil {
					t.Fatal(n, err)
				}
			}
			for range 100 {
				exchange()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range requests {
				exchange()
			}
			runtime.ReadMemStats(&after)
			require.Less(t, after.Mallocs-before.Mallocs, uint64(requests/100), "allocations in %d requests", requests)
		})
	}
}
