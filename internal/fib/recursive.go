package fib

import (
	"strconv"
	"sync/atomic"
)

// uncheckedMax is the largest n that is computed without a look at the cancel
// flag, in about a quarter of a millisecond.
const uncheckedMax = 25

// appendRecursive computes by the definition: two calls for every addition.
func appendRecursive(dst []byte, n uint, cancel *atomic.Bool) ([]byte, error) {
	if n <= uncheckedMax || cancel == nil {
		return strconv.AppendUint(dst, recursive(n), 10), nil
	}
	value := cancellable(n, cancel)
	if cancel.Load() {
		return dst, ErrCancelled
	}
	return strconv.AppendUint(dst, value, 10), nil
}

// recursive is the honest burner of CPU time that the service is about.
func recursive(n uint) uint64 {
	if n <= 2 {
		return 1
	}
	return recursive(n-1) + recursive(n-2)
}

// cancellable is recursive with a look at the flag in every node above
// uncheckedMax: too few of them to be felt. Its value means nothing once the
// flag is set; all that matters is that it then comes back at once.
func cancellable(n uint, cancel *atomic.Bool) uint64 {
	if n <= uncheckedMax {
		return recursive(n)
	}
	if cancel.Load() {
		return 0
	}
	return cancellable(n-1, cancel) + cancellable(n-2, cancel)
}
