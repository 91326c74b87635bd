package uring

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestMailbox_KeepsEachSendersOrder(t *testing.T) {
	m, err := newMailbox()
	require.NoError(t, err)
	const senders, each = 8, 2000
	var received [senders][]int
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := range each {
				require.True(t, m.post(func() { received[sender] = append(received[sender], i) }))
			}
		})
	}
	var spare []func()
	for total := 0; total < senders*each; {
		tasks := m.take(spare[:0])
		for _, task := range tasks {
			task()
		}
		total += len(tasks)
		spare = tasks
	}
	group.Wait()
	for _, numbers := range received {
		require.Len(t, numbers, each)
		require.IsIncreasing(t, numbers)
	}
	require.False(t, m.waiting())
	require.Empty(t, m.close())
}

func TestMailbox_WakesOnlyASleeperAndOnlyOnce(t *testing.T) {
	m, err := newMailbox()
	require.NoError(t, err)
	defer m.close()
	wakeups := func() byte {
		var count [8]byte
		if _, err := unix.Read(m.fd, count[:]); err == unix.EAGAIN {
			return 0
		}
		return count[0]
	}
	nothing := func() {}
	m.post(nothing)
	require.Zero(t, wakeups(), "nobody sleeps")
	require.False(t, m.sleep(), "there is mail")
	m.take(nil)
	require.True(t, m.sleep())
	m.post(nothing)
	m.post(nothing)
	require.Equal(t, byte(1), wakeups())
	m.take(nil)
	require.True(t, m.sleep())
	m.awake()
	m.post(nothing)
	require.Zero(t, wakeups())
}

func TestMailbox_CloseReturnsTheRest(t *testing.T) {
	m, err := newMailbox()
	require.NoError(t, err)
	ran := 0
	m.post(func() { ran++ })
	for _, task := range m.close() {
		task()
	}
	require.Equal(t, 1, ran)
	require.False(t, m.post(func() { ran++ }))
	require.Equal(t, 1, ran)
}
