package fib

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// example holds coefficients as they were measured on one machine.
var example = Costs{
	Call: 10, Leaf: 2.5, Step: 0.5,
	Addition: 15, AdditionWord: 0.55,
	Doubling: 100, DoublingWork: 5,
	Print: 270, PrintWork: 10,
}

func TestEstimate_GrowsByTheGoldenRatio(t *testing.T) {
	m := NewModel(example)
	for n := int64(20); n < 70; n++ {
		ratio := float64(m.Estimate(call("recursive", n+1))) / float64(m.Estimate(call("recursive", n)))
		require.InDelta(t, math.Phi, ratio, 0.01, "n = %d", n)
	}
	require.Equal(t, 2080110*time.Nanosecond, m.Estimate(call("recursive", 30)))
}

func TestEstimate_Saturates(t *testing.T) {
	m := NewModel(example)
	require.Equal(t, time.Duration(math.MaxInt64), m.Estimate(call("recursive", 93)))
	require.Equal(t, time.Duration(math.MaxInt64), m.Estimate(call("recursive", math.MaxInt64)))
	require.Less(t, m.Estimate(call("recursive", 90)), time.Duration(math.MaxInt64))
}

func TestEstimate_SmallAndNegative(t *testing.T) {
	m := NewModel(example)
	for _, f := range Functions() {
		for _, n := range []int64{math.MinInt64, -1, 0} {
			require.Equal(t, m.Estimate(call(f.Name, 1)), m.Estimate(call(f.Name, n)), f.Name)
		}
	}
}

func TestEstimate_NeverDecreases(t *testing.T) {
	coefficient := rapid.Float64Range(0, 1000)
	rapid.Check(t, func(t *rapid.T) {
		m := NewModel(Costs{
			Call: coefficient.Draw(t, "call"), Leaf: coefficient.Draw(t, "leaf"), Step: coefficient.Draw(t, "step"),
			Addition: coefficient.Draw(t, "addition"), AdditionWord: coefficient.Draw(t, "word"),
			Doubling: coefficient.Draw(t, "doubling"), DoublingWork: coefficient.Draw(t, "work"),
			Print: coefficient.Draw(t, "print"), PrintWork: coefficient.Draw(t, "printing"),
		})
		for _, f := range Functions() {
			n := rapid.Int64Range(0, f.Max-1).Draw(t, "n")
			require.LessOrEqual(t, m.Estimate(call(f.Name, n)), m.Estimate(call(f.Name, n+1)), "%s %d", f.Name, n)
		}
	})
}

func TestEstimate_TableEqualsFormula(t *testing.T) {
	m := NewModel(example)
	for _, f := range Functions() {
		for n := int64(0); n < tableSize; n++ {
			require.Equal(t, m.formula(f, n), m.Estimate(call(f.Name, n)), "%s %d", f.Name, n)
		}
	}
}

func TestLargestWithin_IsTheEdge(t *testing.T) {
	m := NewModel(example)
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(100, int64(time.Hour)).Draw(t, "d"))
		for _, f := range Functions() {
			n := m.LargestWithin(f, d)
			require.LessOrEqual(t, m.Estimate(call(f.Name, n)), d)
			if n < f.Max {
				require.Greater(t, m.Estimate(call(f.Name, n+1)), d)
			}
		}
	})
}

func TestLargestWithin_Limits(t *testing.T) {
	m := NewModel(example)
	for _, f := range Functions() {
		require.Equal(t, int64(0), m.LargestWithin(f, 0))
		require.Equal(t, f.Max, m.LargestWithin(f, math.MaxInt64))
	}
}

// BenchmarkCalibrate also prints how far estimates are from what calls take.
func BenchmarkCalibrate(b *testing.B) {
	var m *Model
	for b.Loop() {
		m = NewModel(Calibrate())
	}
	for name, ns := range map[string][]int64{
		"recursive": {10, 25, 30}, "iterative": {93, 1000, 50_000}, "doubling": {93, 1000, 50_000, maxBig},
	} {
		for _, n := range ns {
			c := call(name, n)
			buf := make([]byte, 0, c.Size())
			took := fastest(func() { _, _ = c.Run(buf, nil) })
			b.ReportMetric(float64(m.Estimate(c))/took, fmt.Sprintf("%s/%d", name, n))
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	m := NewModel(example)
	for _, n := range []int64{10, maxBig} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := call("doubling", n)
			for b.Loop() {
				m.Estimate(c)
			}
		})
	}
}
