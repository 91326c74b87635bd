package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// formatNumber writes a number with commas between its thousands, and "-" for
// one that is not known.
func formatNumber(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, hasFraction := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasFraction {
		whole += "." + fraction
	}
	return sign + whole
}

// formatCount writes a number of things in words: "1 block", "2 blocks".
func formatCount(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return formatNumber(float64(n), 0) + " " + thing + "s"
}

// formatMicros writes a duration in microseconds with one decimal.
func formatMicros(d time.Duration) string { return formatNumber(micros(d), 1) }

// formatSeconds writes a length of time with as many digits as matter.
func formatSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}

// formatRatio writes the estimate of a ratio.
func formatRatio(r Ratio) string { return formatNumber(r.Estimate, 3) }

// formatInterval writes the interval of a ratio.
func formatInterval(r Ratio) string {
	if math.IsNaN(r.Low) || math.IsNaN(r.High) {
		return "-"
	}
	return fmt.Sprintf("%.3f to %.3f", r.Low, r.High)
}

// ShellWords writes arguments so that a shell reads them back unchanged.
func ShellWords(args []string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.Trim(arg, plain) != "" {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
