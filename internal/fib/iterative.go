package fib

import (
	"math/big"
	"strconv"
	"sync/atomic"
)

// appendIterative computes by n additions.
func appendIterative(dst []byte, n uint, cancel *atomic.Bool) ([]byte, error) {
	if n <= maxWord {
		_, value := addWords(n)
		return strconv.AppendUint(dst, value, 10), nil
	}
	value, err := addBig(n, cancel)
	if err != nil {
		return dst, err
	}
	return value.Append(dst, 10), nil
}

// addWords returns the numbers of n-1 and of n ≤ maxWord.
func addWords(n uint) (before, value uint64) {
	before, value = 0, 1
	for range n - 1 {
		before, value = value, before+value
	}
	return before, value
}

// addBig returns the number of n ≥ maxWord.
func addBig(n uint, cancel *atomic.Bool) (*big.Int, error) {
	before, value := addWords(maxWord)
	a, b := newBig(before, n), newBig(value, n)
	for range n - maxWord {
		if isSet(cancel) {
			return nil, ErrCancelled
		}
		a.Add(a, b)
		a, b = b, a
	}
	return b, nil
}

// newBig returns a big integer with room for the Fibonacci number of n, so
// that additions never allocate.
func newBig(value uint64, n uint) *big.Int {
	words := make([]big.Word, 0, int(bigWords(n))+2)
	return new(big.Int).SetBits(words).SetUint64(value)
}
