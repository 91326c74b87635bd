package fib

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCalibrate_CoefficientsArePositive(t *testing.T) {
	c := Calibrate()
	require.Positive(t, c.Call)
	require.Positive(t, c.Leaf)
	require.Positive(t, c.AdditionWord)
	require.Positive(t, c.DoublingWork)
	require.Positive(t, c.PrintWork)
	for _, other := range []float64{c.Step, c.Addition, c.Doubling, c.Print} {
		require.GreaterOrEqual(t, other, 0.0)
	}
}

func TestCalibrate_NoClock(t *testing.T) {
	// A clock that stands still gives no costs, and nothing below zero.
	require.Equal(t, Costs{}, calibrate(func(func()) float64 { return 0 }))
}

func TestLine_ThroughPoints(t *testing.T) {
	intercept, slope := line(1, 5, 3, 9)
	require.Equal(t, [2]float64{3, 2}, [2]float64{intercept, slope})
}

func TestLine_NeverBelowZero(t *testing.T) {
	intercept, slope := line(1, 9, 3, 5)
	require.Equal(t, [2]float64{9, 0}, [2]float64{intercept, slope})
	intercept, slope = line(1, 1, 2, 100)
	require.Equal(t, [2]float64{0, 99}, [2]float64{intercept, slope})
}
