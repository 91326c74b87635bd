package bench

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFormatNumber_Digits(t *testing.T) {
	tests := []struct {
		value    float64
		decimals int
		want     string
	}{
		{0, 0, "0"},
		{999.4, 0, "999"},
		{1234, 0, "1,234"},
		{123456.789, 1, "123,456.8"},
		{1234567, 0, "1,234,567"},
		{-1234.5, 1, "-1,234.5"},
		{-123, 0, "-123"},
		{0.00049, 3, "0.000"},
		{math.NaN(), 2, "-"},
		{math.Inf(1), 2, "-"},
	}
	for _, test := range tests {
		require.Equal(t, test.want, formatNumber(test.value, test.decimals))
	}
}

func TestFormatCount_Words(t *testing.T) {
	require.Equal(t, "1 block", formatCount(1, "block"))
	require.Equal(t, "10,000 connections", formatCount(10_000, "connection"))
}

func TestFormatDurations_Units(t *testing.T) {
	require.Equal(t, "1,234.6", formatMicros(1_234_567*time.Nanosecond))
	require.Equal(t, "2 s", formatSeconds(2*time.Second))
	require.Equal(t, "0.5 s", formatSeconds(500*time.Millisecond))
	require.Equal(t, "2.003 s", formatSeconds(2_003_400*time.Microsecond))
	require.Equal(t, "0 s", formatSeconds(0))
}

func TestFormatRatio_WithItsInterval(t *testing.T) {
	nan := math.NaN()
	require.Equal(t, "0.770", formatRatio(Ratio{0.77, 0.75, 0.79}))
	require.Equal(t, "0.750 to 0.790", formatInterval(Ratio{0.77, 0.75, 0.79}))
	require.Equal(t, "-", formatRatio(Ratio{nan, nan, nan}))
	require.Equal(t, "-", formatInterval(Ratio{0.77, nan, nan}))
}
