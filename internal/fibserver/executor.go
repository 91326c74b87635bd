package fibserver

import (
	"errors"

	"github.com/corering/corering/internal/fib"
)

// ErrExecutorClosed is what Submit returns after Close.
var ErrExecutorClosed = errors.New("executor closed")

// Executor computes calls that are too long for a loop. All methods are safe
// for concurrent use and, but for Close, never block.
type Executor interface {
	// Submit queues the call. Unless it returns an error, done runs exactly
	// once, on any goroutine, even before Submit has returned: with the answer,
	// or with fib.ErrCancelled. done must not block.
	Submit(call fib.Call, done func(fib.Result)) (Task, error)
	// Close cancels everything and returns when the last done has run. Calling
	// it again does nothing.
	Close()
}

// Task is a call that was submitted.
type Task interface {
	// Cancel ends the call if it has not ended, queued or running; done then
	// runs with fib.ErrCancelled, within Cancel or soon after. It is safe for
	// concurrent use and may be called any number of times.
	Cancel()
}
