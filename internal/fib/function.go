package fib

import (
	"slices"
	"sync/atomic"
)

// MaxArgs is the largest number of arguments that a registered function takes.
// It keeps a Call free of pointers to its arguments.
const MaxArgs = 1

// Function is one of the functions that clients can name. Functions are
// immutable and safe for concurrent use.
type Function struct {
	// Name is what clients write, in lower case letters.
	Name string
	// Args is the number of arguments, at most MaxArgs.
	Args int
	// Max is the largest argument. There is no smallest one: every n up to 2
	// has the answer 1.
	Max int64

	index int // position in functions
	run   func(dst []byte, n uint, cancel *atomic.Bool) ([]byte, error)
	cost  func(c *Costs, n uint) float64
}

// functions is the registry, in the order of the names. Immutable after init.
var functions = [...]*Function{
	{Name: "doubling", Args: 1, Max: maxBig, index: 0, run: appendDoubling, cost: (*Costs).doubling},
	{Name: "iterative", Args: 1, Max: maxBig, index: 1, run: appendIterative, cost: (*Costs).iterative},
	{Name: "recursive", Args: 1, Max: maxWord, index: 2, run: appendRecursive, cost: (*Costs).recursive},
}

const (
	// maxWord is the largest n whose Fibonacci number fits 64 bits.
	maxWord = 93
	// maxBig bounds the memory of one computation on big integers: the number
	// for 1,000,000 has 208,988 digits.
	maxBig = 1_000_000
)

// Functions returns all functions in the order of their names.
func Functions() []*Function {
	return slices.Clone(functions[:])
}

// Lookup returns the function of that name, or nil if there is none.
func Lookup(name string) *Function {
	for _, f := range functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}
