package cpuaffinity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChoose_Wishes(t *testing.T) {
	for _, c := range []struct {
		wish    string
		allowed Set
		want    []int
	}{
		{"auto", SetOf(5), []int{5}},
		{"auto", SetOf(0, 1), []int{0}},
		{"auto", SetOf(0, 1, 2), []int{0}},
		{"auto", SetOf(2, 4, 6, 8), []int{2, 4}},
		{"1", SetOf(0, 1), []int{0}},
		{"3", SetOf(1, 3, 5, 7), []int{1, 3, 5}},
		{"3-3", SetOf(0, 3), []int{3}},
		{"8,0-1", SetOf(0, 1, 2, 8), []int{0, 1, 8}},
	} {
		cpus, err := Choose(c.wish, c.allowed)
		require.NoError(t, err, c.wish)
		require.Equal(t, c.want, cpus, c.wish)
	}
}

func TestChoose_Errors(t *testing.T) {
	const what = `want "auto", a count such as 2, or a list such as 0-3,8`
	for wish, want := range map[string]string{
		"":     what,
		"some": what,
		"2.5":  what,
		"0":    "want one CPU at least",
		"3":    "only 2 allowed: 0,2",
		"0-2":  "CPU 1 is not among those allowed: 0,2",
		"0,9":  "CPU 9 is not among those allowed: 0,2",
		"-1":   `parse CPU list "-1": a CPU number is missing`,
	} {
		_, err := Choose(wish, SetOf(0, 2))
		require.EqualError(t, err, `choose CPUs by "`+wish+`": `+want)
	}
	_, err := Choose("auto", Set{})
	require.EqualError(t, err, `choose CPUs by "auto": no CPU is allowed`)
}
