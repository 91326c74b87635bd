package fibserver

import (
	"container/list"
	"sync"
	"sync/atomic"

	"github.com/corering/corering/internal/fib"
)

// Goroutines is an Executor on a fixed number of goroutines, first come, first
// served.
type Goroutines struct {
	workers sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond         // a job was queued, or closed was set
	queued  list.List         // of *job, in the order of submission
	running map[*job]struct{} // taken by a worker
	closed  bool
}

// NewGoroutines starts an executor with that many workers, at least one. They
// end with Close.
func NewGoroutines(workers int) *Goroutines {
	g := &Goroutines{running: make(map[*job]struct{})}
	g.changed.L = &g.mu
	for range max(workers, 1) {
		g.workers.Go(g.work)
	}
	return g
}

// job is one submitted call. It belongs to the queue, then to a worker.
type job struct {
	owner  *Goroutines
	call   fib.Call
	done   func(fib.Result)
	cancel atomic.Bool

	element *list.Element // guarded by owner.mu; nil when no longer queued
}

// Submit implements Executor.
func (g *Goroutines) Submit(call fib.Call, done func(fib.Result)) (Task, error) {
	j := &job{owner: g, call: call, done: done}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrExecutorClosed
	}
	j.element = g.queued.PushBack(j)
	g.changed.Signal()
	return j, nil
}

// Close implements Executor.
func (g *Goroutines) Close() {
	g.mu.Lock()
	g.closed = true
	for j := range g.running {
		j.cancel.Store(true)
	}
	g.changed.Broadcast()
	g.mu.Unlock()
	g.workers.Wait()
}

// work runs jobs until the executor is closed and its queue empty.
func (g *Goroutines) work() {
	for j := g.next(); j != nil; j = g.next() {
		result := j.run()
		g.mu.Lock()
		delete(g.running, j)
		g.mu.Unlock()
		j.done(result)
	}
}

// run computes the call.
func (j *job) run() fib.Result {
	if j.cancel.Load() {
		return fib.Result{Err: fib.ErrCancelled}
	}
	text, err := j.call.Run(make([]byte, 0, j.call.Size()), &j.cancel)
	if err != nil {
		return fib.Result{Err: err}
	}
	return fib.Result{Text: text}
}

// next waits for a job and takes it. After Close the jobs that are left come
// out with their cancel flags set; nil means that none is left.
func (g *Goroutines) next() *job {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.queued.Len() == 0 {
		if g.closed {
			return nil
		}
		g.changed.Wait()
	}
	j := g.queued.Remove(g.queued.Front()).(*job)
	j.element = nil
	if g.closed {
		j.cancel.Store(true)
	}
	g.running[j] = struct{}{}
	return j
}

// Cancel implements Task. A queued job leaves the queue at once, so that
// clients who ask and go away do not fill it.
func (j *job) Cancel() {
	if j.owner.withdraw(j) {
		j.done(fib.Result{Err: fib.ErrCancelled})
		return
	}
	j.cancel.Store(true)
}

// withdraw takes a job out of the queue and tells whether it was there.
func (g *Goroutines) withdraw(j *job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if j.element == nil {
		return false
	}
	g.queued.Remove(j.element)
	j.element = nil
	return true
}
