package gnetsrv

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// newMail returns a mailbox and the channel that stands for its loop.
func newMail() (*mailbox, chan struct{}) {
	loop := make(chan struct{}, 1000)
	return &mailbox{trigger: func() { loop <- struct{}{} }}, loop
}

func TestMailbox_OneTriggerForManyTasks(t *testing.T) {
	mail, loop := newMail()
	var order []int
	for i := range 10 {
		mail.post(func() { order = append(order, i) })
	}
	require.Len(t, loop, 1)
	<-loop
	mail.deliver()
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order)
	require.Empty(t, loop)
	mail.post(func() {})
	require.Len(t, loop, 1, "armed again")
}

// A task that posts itself for ever does not keep the loop from its sockets.
func TestMailbox_TasksWithoutEnd(t *testing.T) {
	mail, loop := newMail()
	runs := 0
	var again func()
	again = func() {
		runs++
		mail.post(again)
	}
	mail.post(again)
	for turn := range 3 {
		<-loop
		mail.deliver()
		require.Equal(t, (turn+1)*maxBatches, runs)
	}
}

func TestMailbox_ParkedKeepsTasks(t *testing.T) {
	mail, loop := newMail()
	mail.park()
	ran := 0
	mail.post(func() {
		ran++
		mail.post(func() { ran++ })
	})
	require.Empty(t, loop)
	require.Zero(t, ran)
	mail.exhaust()
	require.Equal(t, 2, ran)
}

func TestMailbox_EndedRunsTasksOneAtATime(t *testing.T) {
	mail, loop := newMail()
	mail.park()
	mail.exhaust()
	const posters, tasks = 4, 1000
	busy := 0 // not atomic: the race detector watches
	var ran atomic.Int64
	var wait sync.WaitGroup
	for range posters {
		wait.Go(func() {
			for range tasks {
				mail.post(func() {
					busy++
					ran.Add(1)
				})
			}
		})
	}
	wait.Wait()
	mail.post(func() {}) // behind all others
	require.EqualValues(t, posters*tasks, ran.Load())
	require.Equal(t, posters*tasks, busy)
	require.Empty(t, loop)
}

// However posting and the end fall together, every task runs once.
func TestMailbox_ParkWhilePosting(t *testing.T) {
	for range 50 {
		mail, loop := newMail()
		var ran atomic.Int64
		var posters sync.WaitGroup
		for range 4 {
			posters.Go(func() {
				for range 100 {
					mail.post(func() { ran.Add(1) })
				}
			})
		}
		<-loop
		mail.deliver()
		mail.park()
		mail.exhaust()
		posters.Wait()
		mail.post(func() {})
		require.EqualValues(t, 400, ran.Load())
	}
}
