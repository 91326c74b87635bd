package bench

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStudentQuantile_KnownValues(t *testing.T) {
	tests := []struct {
		p       float64
		freedom int
		want    float64
	}{
		{0.975, 1, 12.7062},
		{0.975, 2, 4.30265},
		{0.975, 3, 3.18245},
		{0.975, 4, 2.77645},
		{0.975, 5, 2.57058},
		{0.975, 9, 2.26216},
		{0.975, 10, 2.22814},
		{0.975, 19, 2.09302},
		{0.975, 30, 2.04227},
		{0.975, 120, 1.97993},
		{0.95, 9, 1.83311},
		{0.995, 9, 3.24984},
		{0.5, 7, 0},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.p, test.freedom), func(t *testing.T) {
			require.InDelta(t, test.want, studentQuantile(test.p, test.freedom), 1e-4)
		})
	}
}

func TestStudentQuantile_ApproachesNormal(t *testing.T) {
	normal := math.Sqrt2 * math.Erfinv(2*0.975-1)
	require.InDelta(t, normal, studentQuantile(0.975, 100_000), 1e-4)
}
