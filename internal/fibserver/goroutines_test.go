package fibserver

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/internal/testutil"
	"github.com/stretchr/testify/require"
)

func fibCall(name string, n int64) fib.Call {
	return fib.Call{Function: fib.Lookup(name), Args: [fib.MaxArgs]int64{n}}
}

// endless runs until it is cancelled, for all practical purposes.
var endless = fibCall("recursive", 93)

// submit submits a call and returns its task and where its result will be.
func submit(t *testing.T, e Executor, call fib.Call) (Task, <-chan fib.Result) {
	results := make(chan fib.Result, 2) // room for a second one, which must not come
	task, err := e.Submit(call, func(r fib.Result) { results <- r })
	require.NoError(t, err)
	return task, results
}

func TestGoroutines_Answer(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(2)
	defer g.Close()
	_, a := submit(t, g, fibCall("recursive", 30))
	_, b := submit(t, g, fibCall("doubling", 100))
	require.Equal(t, fib.Result{Text: []byte("832040")}, <-a)
	require.Equal(t, fib.Result{Text: []byte("354224848179261915075")}, <-b)
}

func TestGoroutines_FirstComeFirstServed(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(1)
	defer g.Close()
	blocker, blocked := submit(t, g, endless)
	const count = 100
	order := make(chan int, count)
	for i := range count {
		_, err := g.Submit(fibCall("iterative", 5), func(fib.Result) { order <- i })
		require.NoError(t, err)
	}
	blocker.Cancel()
	require.ErrorIs(t, (<-blocked).Err, fib.ErrCancelled)
	for i := range count {
		require.Equal(t, i, <-order)
	}
}

func TestGoroutines_CancelQueued(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(1)
	defer g.Close()
	blocker, blocked := submit(t, g, endless)
	waiting, result := submit(t, g, fibCall("recursive", 5))
	// The only worker is busy, so the result comes from Cancel itself.
	waiting.Cancel()
	require.Equal(t, fib.Result{Err: fib.ErrCancelled}, <-result)
	waiting.Cancel()
	blocker.Cancel()
	<-blocked
	blocker.Cancel()
	require.Empty(t, result)
	require.Empty(t, blocked)
}

func TestGoroutines_CloseCancelsEverything(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(2)
	var ended atomic.Int64
	const count = 50
	for range count {
		_, err := g.Submit(endless, func(r fib.Result) {
			if r.Err == fib.ErrCancelled {
				ended.Add(1)
			}
		})
		require.NoError(t, err)
	}
	g.Close()
	require.EqualValues(t, count, ended.Load())
	g.Close()
	_, err := g.Submit(endless, func(fib.Result) { panic("done after Submit has refused") })
	require.ErrorIs(t, err, ErrExecutorClosed)
}

func TestGoroutines_DoneRunsExactlyOnce(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(2)
	var clients sync.WaitGroup
	const clientCount, count = 4, 200
	done := make([]atomic.Int64, clientCount*count)
	for client := range clientCount {
		clients.Go(func() {
			for i := range count {
				at := &done[client*count+i]
				task, err := g.Submit(fibCall("recursive", 14), func(fib.Result) { at.Add(1) })
				if err == nil && i%2 == 0 {
					task.Cancel()
				}
			}
		})
	}
	clients.Wait()
	g.Close()
	for i := range done {
		require.EqualValues(t, 1, done[i].Load())
	}
}

func TestGoroutines_AtLeastOne(t *testing.T) {
	testutil.CheckLeaks(t)
	g := NewGoroutines(0)
	defer g.Close()
	_, result := submit(t, g, fibCall("recursive", 3))
	require.Equal(t, "2", string((<-result).Text))
}
