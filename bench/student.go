package bench

import "math"

// studentQuantile returns the value below which Student's t with the given
// degrees of freedom, at least 1, stays with probability p, within 0.5 and 1.
func studentQuantile(p float64, freedom int) float64 {
	// The angle of t is bounded where t is not: t = tan(angle) × sqrt(freedom).
	low, high := 0.0, math.Pi/2
	for range 100 {
		middle := (low + high) / 2
		if 0.5+studentWithin(middle, freedom)/2 < p {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Tan((low+high)/2) * math.Sqrt(float64(freedom))
}

// studentWithin returns the probability that t lies within plus and minus
// tan(angle) × sqrt(freedom). For whole degrees of freedom it is a finite sum
// of powers of the cosine: Abramowitz and Stegun, Handbook of Mathematical
// Functions, 26.7.3 and 26.7.4.
func studentWithin(angle float64, freedom int) float64 {
	sin, cos := math.Sincos(angle)
	odd := freedom%2 == 1
	if freedom == 1 {
		return 2 * angle / math.Pi
	}
	// Each term is the one before times cos² and k/(k+1); k runs over the even
	// numbers for odd degrees of freedom, over the odd ones for even.
	term, k := 1.0, 1.0
	if odd {
		term, k = cos, 2.0
	}
	sum := term
	for ; int(k) <= freedom-3; k += 2 {
		term *= cos * cos * k / (k + 1)
		sum += term
	}
	if odd {
		return 2 / math.Pi * (angle + sin*sum)
	}
	return sin * sum
}
