package fibserver

import (
	"math"
	"testing"
	"time"

	"github.com/corering/corering/internal/fib"
	"github.com/stretchr/testify/require"
)

func TestFailure_EveryKindHasNameAndText(t *testing.T) {
	for kind := noFailure + 1; kind < failureKinds; kind++ {
		require.NotEmpty(t, failureNames[kind])
		text := string(failure{kind: kind, function: fib.Lookup("doubling")}.append(nil))
		require.Regexp(t, `^\[Error\] [ -~]+\n$`, text)
	}
}

func TestFailure_AppendsToDst(t *testing.T) {
	require.Equal(t, "55\n[Error] line too long: more than 1024 bytes\n",
		string(failure{kind: lineTooLong, count: 1024}.append([]byte("55\n"))))
}

func TestAppendAbout_OneUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1:                          "about 1ns",
		900 * time.Nanosecond:      "about 900ns",
		7300 * time.Nanosecond:     "about 7us",
		1999 * time.Microsecond:    "about 1999us",
		2500 * time.Microsecond:    "about 3ms",
		61 * time.Second:           "about 61s",
		48*time.Minute + 20e9:      "about 48m",
		5 * time.Hour:              "about 5h",
		100 * time.Hour:            "about 4 days",
		3 * 365 * 24 * time.Hour:   "about 3 years",
		150 * 365 * 24 * time.Hour: "about 150 years",
		math.MaxInt64:              "more than 200 years",
	} {
		require.Equal(t, want, string(appendAbout(nil, d)))
	}
}
