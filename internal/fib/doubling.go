package fib

import (
	"math/big"
	"math/bits"
	"strconv"
	"sync/atomic"
)

// appendDoubling computes by fast doubling: from the numbers of k and k+1 follow
// those of 2k and 2k+1, so that n is reached in as many steps as it has bits.
func appendDoubling(dst []byte, n uint, cancel *atomic.Bool) ([]byte, error) {
	if n <= maxWord {
		return strconv.AppendUint(dst, doubleWords(n), 10), nil
	}
	value, err := doubleBig(n, cancel)
	if err != nil {
		return dst, err
	}
	return value.Append(dst, 10), nil
}

// doubleWords returns the number of n ≤ maxWord. On the last step the number of
// n+1 may wrap around; nobody looks at it then.
func doubleWords(n uint) uint64 {
	a, b := uint64(0), uint64(1) // of k and k+1, for k = 0
	for i := bits.Len(n) - 1; i >= 0; i-- {
		a, b = a*(2*b-a), a*a+b*b
		if n>>i&1 == 1 {
			a, b = b, a+b
		}
	}
	return a
}

// doubleBig is doubleWords for any n.
func doubleBig(n uint, cancel *atomic.Bool) (*big.Int, error) {
	a, b := big.NewInt(0), big.NewInt(1)
	even, odd := new(big.Int), new(big.Int) // of 2k and 2k+1
	for i := bits.Len(n) - 1; i >= 0; i-- {
		even.Lsh(b, 1)
		even.Sub(even, a)
		even.Mul(even, a)
		odd.Mul(a, a)
		a.Mul(b, b)
		odd.Add(odd, a)
		if n>>i&1 == 1 {
			even.Add(even, odd)
			a, b, even, odd = odd, even, a, b
		} else {
			a, b, even, odd = even, odd, a, b
		}
		if isSet(cancel) {
			return nil, ErrCancelled
		}
	}
	return a, nil
}
