package fib

import (
	"math"
	"sort"
	"time"
)

// tableSize is the number of estimates per function that are kept in a table.
// Above it even the cheapest function takes longer than the formula.
const tableSize = 4096

// Model says how long a call takes before it runs. It is immutable and safe for
// concurrent use.
type Model struct {
	costs  Costs
	tables [len(functions)][tableSize]time.Duration
}

// NewModel returns the model with these coefficients, which must not be
// negative.
func NewModel(costs Costs) *Model {
	m := &Model{costs: costs}
	for i, f := range functions {
		for n := range m.tables[i] {
			m.tables[i][n] = m.formula(f, int64(n))
		}
	}
	return m
}

// Costs returns the coefficients.
func (m *Model) Costs() Costs { return m.costs }

// Estimate returns the CPU time that the call will take, printing included, on
// a core of its own. It never decreases as n grows. What is beyond the range of
// a Duration, 292 years, is that limit.
func (m *Model) Estimate(c Call) time.Duration {
	n := max(c.Args[0], 0)
	if n < tableSize {
		return m.tables[c.Function.index][n]
	}
	return m.formula(c.Function, n)
}

// LargestWithin returns the largest argument of f whose estimate is at most d,
// or 0 if there is none.
func (m *Model) LargestWithin(f *Function, d time.Duration) int64 {
	above := sort.Search(int(f.Max), func(i int) bool {
		return m.Estimate(Call{Function: f, Args: [MaxArgs]int64{int64(i) + 1}}) > d
	})
	return int64(above)
}

// formula is the estimate in closed form.
func (m *Model) formula(f *Function, n int64) time.Duration {
	ns := f.cost(&m.costs, uint(max(n, 1)))
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}
