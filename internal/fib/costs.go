package fib

import (
	"math"
	"math/bits"
)

// Costs holds the coefficients of the cost model, each in nanoseconds of this
// machine. Calibrate measures them.
type Costs struct {
	// Call is what every call costs, the printing of a machine word included.
	Call float64 `json:"call_ns"`
	// Leaf is the time of recursive per leaf of the tree of its calls. The tree
	// for n has fib(n) leaves.
	Leaf float64 `json:"leaf_ns"`
	// Step is one addition of machine words.
	Step float64 `json:"step_ns"`
	// Addition is one addition of big integers, whatever their size.
	Addition float64 `json:"addition_ns"`
	// AdditionWord is what each word of 64 bits adds to it.
	AdditionWord float64 `json:"addition_word_ns"`
	// Doubling is one step of doubling on big integers, whatever their size.
	Doubling float64 `json:"doubling_ns"`
	// DoublingWork is all multiplications on the way to a number of w words,
	// divided by w^1.585.
	DoublingWork float64 `json:"doubling_work_ns"`
	// Print is the conversion of a big integer to decimal, whatever its size.
	Print float64 `json:"print_ns"`
	// PrintWork is the conversion of a big integer of w words, divided by
	// w^1.585.
	PrintWork float64 `json:"print_work_ns"`
}

// karatsuba is the exponent of the multiplication in math/big, log2(3), and
// thereby of its conversion to decimal, which divides by recursion.
const karatsuba = 1.585

// bitsPerStep is log2 of the golden ratio: what a step of n adds to the length
// of the number.
const bitsPerStep = 0.6942419136

// bigWords returns the number of 64-bit words of the Fibonacci number of n.
func bigWords(n uint) float64 {
	return float64(n) * bitsPerStep / 64
}

// recursive returns the cost of recursive for n, in nanoseconds.
func (c *Costs) recursive(n uint) float64 {
	return c.Call + c.Leaf*float64(doubleWords(min(n, maxWord)))
}

// iterative returns the cost of iterative for n, in nanoseconds.
func (c *Costs) iterative(n uint) float64 {
	words := c.Call + c.Step*float64(min(n, maxWord))
	if n <= maxWord {
		return words
	}
	return words + (c.Addition+c.AdditionWord*bigWords(n)/2)*float64(n) + c.print(n)
}

// doubling returns the cost of doubling for n, in nanoseconds.
func (c *Costs) doubling(n uint) float64 {
	words := c.Call + stepsPerDoubling*c.Step*bitLen(min(n, maxWord))
	if n <= maxWord {
		return words
	}
	return words + c.Doubling*bitLen(n) + c.DoublingWork*power(n) + c.print(n)
}

// stepsPerDoubling is how many additions of machine words a doubling of them
// is worth.
const stepsPerDoubling = 8

// print returns the cost of converting the number of n to decimal.
func (c *Costs) print(n uint) float64 {
	return c.Print + c.PrintWork*power(n)
}

// power returns what multiplications of numbers as long as that of n grow with.
func power(n uint) float64 {
	return math.Pow(bigWords(n), karatsuba)
}

// bitLen returns the number of doublings on the way to n.
func bitLen(n uint) float64 {
	return float64(bits.Len(n))
}
