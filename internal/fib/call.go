package fib

import (
	"errors"
	"sync/atomic"
)

// ErrCancelled is what a call returns whose cancel flag was set before it had
// ended.
var ErrCancelled = errors.New("computation cancelled")

// Call is a function with its arguments: something to compute. It is a value
// that may be copied and kept.
type Call struct {
	Function *Function
	// Args holds Function.Args arguments; the rest is ignored. Each must be at
	// most Function.Max.
	Args [MaxArgs]int64
}

// Result is the outcome of a Call.
type Result struct {
	// Text is the answer in decimal digits. It belongs to the receiver.
	Text []byte
	// Err is nil or ErrCancelled.
	Err error
}

// Run computes the call on the calling goroutine and appends the answer in
// decimal digits to dst. Calls of up to n = 93 allocate nothing when dst has
// room for 20 bytes.
//
// Somebody else may end the computation by setting cancel, which may be nil: it
// then returns dst and ErrCancelled within about a millisecond, or within some
// ten of them while numbers of a hundred thousand digits are multiplied or
// printed.
func (c Call) Run(dst []byte, cancel *atomic.Bool) ([]byte, error) {
	return c.Function.run(dst, c.n(), cancel)
}

// Size returns an upper bound of the number of digits of the answer.
func (c Call) Size() int {
	// A step of n multiplies the number by the golden ratio at most, which is
	// worth 0.20899 digits.
	return int(c.n()*209/1000) + 1
}

// n returns the argument with everything below 1 as 1, which gives the same
// answer.
func (c Call) n() uint {
	return uint(max(c.Args[0], 1))
}

// isSet tells whether a flag is set that may be nil.
func isSet(cancel *atomic.Bool) bool {
	return cancel != nil && cancel.Load()
}
