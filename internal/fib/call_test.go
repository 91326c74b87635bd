package fib

import (
	"math"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func call(name string, n int64) Call {
	return Call{Function: Lookup(name), Args: [MaxArgs]int64{n}}
}

func answer(t require.TestingT, name string, n int64) string {
	text, err := call(name, n).Run(nil, nil)
	require.NoError(t, err)
	return string(text)
}

// reference adds up big integers and shares nothing with the code under test.
func reference(n int64) string {
	a, b := big.NewInt(0), big.NewInt(1)
	for range n - 1 {
		a, b = b, new(big.Int).Add(a, b)
	}
	return b.String()
}

func TestRun_KnownValues(t *testing.T) {
	known := map[int64]string{
		math.MinInt64: "1", -7: "1", 0: "1", 1: "1", 2: "1",
		3: "2", 10: "55", 30: "832040",
	}
	for _, f := range Functions() {
		for n, want := range known {
			require.Equal(t, want, answer(t, f.Name, n), "%s %d", f.Name, n)
		}
	}
	for _, name := range []string{"iterative", "doubling"} {
		require.Equal(t, "12200160415121876738", answer(t, name, 93))
		require.Equal(t, "19740274219868223167", answer(t, name, 94))
		thousand := answer(t, name, 1000)
		require.Len(t, thousand, 209)
		require.True(t, strings.HasPrefix(thousand, "4346655768693745643568852767504062580256466051737178"))
	}
}

func TestRun_FunctionsAgree(t *testing.T) {
	for n := int64(-3); n <= 27; n++ {
		require.Equal(t, answer(t, "doubling", n), answer(t, "recursive", n), "n = %d", n)
	}
	for n := int64(1); n <= 300; n++ {
		want := reference(n)
		require.Equal(t, want, answer(t, "iterative", n), "n = %d", n)
		require.Equal(t, want, answer(t, "doubling", n), "n = %d", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(300, 20_000).Draw(t, "n")
		require.Equal(t, answer(t, "iterative", n), answer(t, "doubling", n))
	})
}

func TestRun_AppendsToDst(t *testing.T) {
	for _, f := range Functions() {
		text, err := call(f.Name, 10).Run([]byte("fib: "), nil)
		require.NoError(t, err)
		require.Equal(t, "fib: 55", string(text))
	}
}

func TestRun_WordsAllocateNothing(t *testing.T) {
	buf := make([]byte, 0, 32)
	var cancel atomic.Bool
	for name, n := range map[string]int64{"recursive": 20, "iterative": 93, "doubling": 93} {
		c := call(name, n)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			_, _ = c.Run(buf, nil)
			_, _ = c.Run(buf, &cancel)
		}), name)
	}
}

func TestRun_CancelFlagUnset(t *testing.T) {
	var cancel atomic.Bool
	for _, f := range Functions() {
		text, err := call(f.Name, 28).Run(nil, &cancel)
		require.NoError(t, err)
		require.Equal(t, "317811", string(text))
	}
}

func TestRun_CancelEndsComputation(t *testing.T) {
	// Without the flag these would run for hundreds of years, for seconds and
	// for some ten milliseconds.
	for name, n := range map[string]int64{"recursive": 93, "iterative": maxBig, "doubling": maxBig} {
		var cancel atomic.Bool
		started, ended := make(chan struct{}), make(chan error)
		go func() {
			close(started)
			text, err := call(name, n).Run([]byte("x"), &cancel)
			if err != nil && string(text) != "x" {
				t.Errorf("%s returned %q", name, text)
			}
			ended <- err
		}()
		<-started
		cancel.Store(true)
		require.ErrorIs(t, <-ended, ErrCancelled, name)
	}
}

func TestSize_IsUpperBound(t *testing.T) {
	check := func(t require.TestingT, n int64) {
		digits, size := len(answer(t, "doubling", n)), call("doubling", n).Size()
		require.LessOrEqual(t, digits, size, "n = %d", n)
		require.LessOrEqual(t, size, digits+digits/100+2, "n = %d", n)
	}
	for n := int64(-1); n <= 500; n++ {
		check(t, n)
	}
	check(t, maxBig)
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64Range(500, 50_000).Draw(t, "n")) })
}

func TestLookup_Names(t *testing.T) {
	for i, f := range Functions() {
		require.Same(t, f, Lookup(f.Name))
		require.Equal(t, i, f.index)
		require.LessOrEqual(t, f.Args, MaxArgs)
	}
	require.Nil(t, Lookup("Recursive"))
	require.Nil(t, Lookup(""))
}

func BenchmarkRun(b *testing.B) {
	for _, c := range []Call{call("recursive", 1), call("recursive", 30), call("iterative", 93), call("doubling", 93), call("doubling", 1000)} {
		b.Run(c.Function.Name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 1024)
			for b.Loop() {
				_, _ = c.Run(buf, nil)
			}
		})
	}
}
