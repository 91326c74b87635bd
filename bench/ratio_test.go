package bench

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPairedRatio_KnownValue(t *testing.T) {
	// Logs of the ratios are 0, 1 and 2: mean 1, deviation 1, t(0.975, 2) = 4.30265.
	e := math.E
	r := PairedRatio([]float64{5, 2 * e, e * e}, []float64{5, 2, 1})
	require.InDelta(t, e, r.Estimate, 1e-9)
	require.InDelta(t, math.Exp(1-4.30265/math.Sqrt(3)), r.Low, 1e-5)
	require.InDelta(t, math.Exp(1+4.30265/math.Sqrt(3)), r.High, 1e-3)
}

func TestPairedRatio_SwappedSidesAreTheReciprocal(t *testing.T) {
	a, b := []float64{3, 4, 5, 4}, []float64{2, 2.5, 2, 3}
	r, s := PairedRatio(a, b), PairedRatio(b, a)
	require.InDelta(t, 1, r.Estimate*s.Estimate, 1e-12)
	require.InDelta(t, 1, r.Low*s.High, 1e-12)
	require.InDelta(t, 1, r.High*s.Low, 1e-12)
}

func TestPairedRatio_CommonDisturbanceCancels(t *testing.T) {
	r := PairedRatio([]float64{2, 20, 0.2}, []float64{1, 10, 0.1})
	require.InDelta(t, 2, r.Estimate, 1e-12)
	require.InDelta(t, 2, r.Low, 1e-9)
	require.InDelta(t, 2, r.High, 1e-9)
}

func TestPairedRatio_Unknown(t *testing.T) {
	nan := math.NaN()
	tests := map[string][2][]float64{
		"nothing":          {nil, nil},
		"different counts": {{1, 2}, {1}},
		"zero":             {{1, 0}, {1, 1}},
		"not known":        {{1, 1}, {1, nan}},
	}
	for name, test := range tests {
		r := PairedRatio(test[0], test[1])
		require.True(t, math.IsNaN(r.Estimate) && math.IsNaN(r.Low) && math.IsNaN(r.High), name)
	}
	one := PairedRatio([]float64{3}, []float64{2})
	require.InDelta(t, 1.5, one.Estimate, 1e-12)
	require.True(t, math.IsNaN(one.Low) && math.IsNaN(one.High))
}

// coverage returns the share of simulated comparisons whose interval holds the
// true ratio. Each block has a disturbance that both sides share and one of
// each side's own, which noise draws.
func coverage(blocks int, noise func(*rand.Rand) float64) float64 {
	const trials, truth = 4000, 0.8
	random := rand.New(rand.NewPCG(1, 2))
	a, b := make([]float64, blocks), make([]float64, blocks)
	held := 0
	for range trials {
		for i := range blocks {
			shared := 10 * math.Exp(random.NormFloat64())
			a[i] = truth * shared * math.Exp(noise(random))
			b[i] = shared * math.Exp(noise(random))
		}
		if r := PairedRatio(a, b); r.Low <= truth && truth <= r.High {
			held++
		}
	}
	return float64(held) / trials
}

func TestPairedRatio_IntervalHoldsTheTruth(t *testing.T) {
	normal := func(random *rand.Rand) float64 { return 0.05 * random.NormFloat64() }
	for _, blocks := range []int{2, 3, 10, 30} {
		// Four standard errors of 4000 trials at 95 % are 1.4 %.
		require.InDelta(t, 0.95, coverage(blocks, normal), 0.014, "%d blocks", blocks)
	}
}

func TestPairedRatio_IntervalBearsOutliers(t *testing.T) {
	// One run in ten is slowed down by a neighbour, by up to half.
	slowed := func(random *rand.Rand) float64 {
		v := 0.03 * random.NormFloat64()
		if random.IntN(10) == 0 {
			v += 0.5 * random.Float64()
		}
		return v
	}
	require.InDelta(t, 0.95, coverage(10, slowed), 0.03)
}

func TestMedian_Values(t *testing.T) {
	require.InDelta(t, 3, Median([]float64{9, 1, 3}), 0)
	require.InDelta(t, 2, Median([]float64{9, 1, 3, 1}), 0)
	require.InDelta(t, 7, Median([]float64{7}), 0)
	require.True(t, math.IsNaN(Median(nil)))
	require.True(t, math.IsNaN(Median([]float64{1, math.NaN(), 2})))
	values := []float64{3, 1, 2}
	Median(values)
	require.Equal(t, []float64{3, 1, 2}, values, "the argument stays in order")
}
