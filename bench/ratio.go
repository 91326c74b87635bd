package bench

import (
	"math"
	"slices"
)

// Ratio is an estimate of A/B with its 95 % confidence interval. All three are
// NaN where they cannot be known.
type Ratio struct {
	Estimate float64
	Low      float64
	High     float64
}

// PairedRatio estimates A/B from blocks in each of which A and B were measured
// one right after the other, a[i] and b[i] in block i.
//
// It takes the logarithm of the ratio of each block, so that twice and half are
// equally far from one and what disturbs a whole block cancels out, and gives
// the mean with Student's interval, back from the logarithm. Student's interval
// and not a bootstrap, because with the usual ten blocks a bootstrap is too
// narrow, while logarithms of ratios of averages over many thousand requests
// are close to normal.
//
// A value that is not above zero, or no block at all, makes the ratio unknown.
// One block gives an estimate without an interval.
func PairedRatio(a, b []float64) Ratio {
	unknown := math.NaN()
	if len(a) == 0 || len(a) != len(b) {
		return Ratio{unknown, unknown, unknown}
	}
	logs := make([]float64, len(a))
	for i := range a {
		if !(a[i] > 0 && b[i] > 0) {
			return Ratio{unknown, unknown, unknown}
		}
		logs[i] = math.Log(a[i] / b[i])
	}
	m := mean(logs)
	if len(logs) == 1 {
		return Ratio{math.Exp(m), unknown, unknown}
	}
	n := float64(len(logs))
	half := studentQuantile(0.975, len(logs)-1) * deviation(logs, m) / math.Sqrt(n)
	return Ratio{Estimate: math.Exp(m), Low: math.Exp(m - half), High: math.Exp(m + half)}
}

// Median returns the middle value, or the mean of the two middle ones. It is
// NaN if there is no value or one of them is NaN.
func Median(values []float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// mean returns the arithmetic mean of at least one value.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// deviation returns the sample standard deviation of at least two values around
// their mean m.
func deviation(values []float64, m float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(values)-1))
}
