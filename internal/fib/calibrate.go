package fib

import (
	"math"
	"time"
)

// calibrationRuns is how often each probe runs. The fastest run counts: what
// disturbs a run only ever makes it longer.
const calibrationRuns = 15

// The sizes at which the costs of big integers are measured: one where the
// fixed part counts and one where the growing part does.
const (
	smallProbe = 300
	largeProbe = 20_000
)

// Calibrate measures the coefficients on the calling goroutine in some 20 ms of
// CPU time.
func Calibrate() Costs {
	return calibrate(fastest)
}

// fastest returns the shortest time of several runs of f, in nanoseconds.
func fastest(f func()) float64 {
	shortest := time.Duration(math.MaxInt64)
	for range calibrationRuns {
		start := time.Now()
		f()
		shortest = min(shortest, time.Since(start))
	}
	return float64(shortest)
}

// calibrate derives the coefficients from what measure says that a function
// takes, in nanoseconds.
func calibrate(measure func(f func()) float64) Costs {
	var c Costs
	c.calibrateWords(measure)
	c.calibrateBig(measure)
	return c
}

// calibrateWords measures what concerns machine words only. Calls of a few
// nanoseconds are measured many at a time, since the clock is no finer.
func (c *Costs) calibrateWords(measure func(f func()) float64) {
	const many, depth = 200, 20
	buf := make([]byte, 0, 32)
	repeat := func(name string, n int64) float64 {
		call := Call{Function: Lookup(name), Args: [MaxArgs]int64{n}}
		return measure(func() {
			for range many {
				_, _ = call.Run(buf, nil)
			}
		}) / many
	}
	c.Call = repeat("iterative", 1)
	c.Step = max(repeat("iterative", maxWord)-c.Call, 0) / maxWord
	tree := measure(func() { _, _ = appendRecursive(buf, depth, nil) })
	c.Leaf = max(tree-c.Call, 0) / float64(doubleWords(depth))
}

// calibrateBig measures the arithmetic on big integers and their conversion to
// decimal. Times that grow with a power of the size are divided by what the
// fixed part grows with, so that a straight line goes through both sizes.
func (c *Costs) calibrateBig(measure func(f func()) float64) {
	small, large := power(smallProbe), power(largeProbe)
	smallSteps, largeSteps := bitLen(smallProbe), bitLen(largeProbe)

	printing := func(n uint) float64 {
		value, _ := doubleBig(n, nil)
		buf := make([]byte, 0, n)
		return measure(func() { value.Append(buf, 10) })
	}
	c.Print, c.PrintWork = line(small, printing(smallProbe), large, printing(largeProbe))

	doubling := func(n uint) float64 {
		return measure(func() { _, _ = doubleBig(n, nil) })
	}
	c.Doubling, c.DoublingWork = line(
		small/smallSteps, doubling(smallProbe)/smallSteps,
		large/largeSteps, doubling(largeProbe)/largeSteps)

	additions := func(n uint) float64 {
		return measure(func() { _, _ = addBig(n, nil) })
	}
	c.Addition, c.AdditionWord = line(
		bigWords(smallProbe)/2, additions(smallProbe)/smallProbe,
		bigWords(largeProbe)/2, additions(largeProbe)/largeProbe)
}

// line returns intercept and slope of the line through two points, x1 < x2,
// neither below zero: a disturbed measurement must not make costs shrink.
func line(x1, y1, x2, y2 float64) (intercept, slope float64) {
	slope = max(y2-y1, 0) / (x2 - x1)
	intercept = max(y1-slope*x1, 0)
	return intercept, slope
}
