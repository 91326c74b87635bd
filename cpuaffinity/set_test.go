package cpuaffinity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSet_Members(t *testing.T) {
	s := SetOf(8, 0, 63, 64, MaxCPU, 8)
	require.Equal(t, []int{0, 8, 63, 64, MaxCPU}, s.CPUs())
	require.Equal(t, 5, s.Len())
	require.True(t, s.Contains(64))
	for _, cpu := range []int{-1, 1, 65, MaxCPU + 1} {
		require.False(t, s.Contains(cpu), cpu)
	}
	require.Panics(t, func() { SetOf(-1) })
	require.Panics(t, func() { SetOf(MaxCPU + 1) })
}

func TestSet_Empty(t *testing.T) {
	var s Set
	require.Zero(t, s.Len())
	require.Empty(t, s.CPUs())
	require.Empty(t, s.String())
	require.Equal(t, s, SetOf())
}

func TestSet_CopySharesNothing(t *testing.T) {
	s := SetOf(1)
	c := s
	c.add(2)
	require.Equal(t, SetOf(1), s)
	require.True(t, SetOf(1, 2) == c)
}

func TestSet_String(t *testing.T) {
	for want, s := range map[string]Set{
		"0":            SetOf(0),
		"0-1":          SetOf(0, 1),
		"0-3,8":        SetOf(0, 1, 2, 3, 8),
		"1,3,5-7,8191": SetOf(1, 3, 5, 6, 7, MaxCPU),
		"62-65":        SetOf(62, 63, 64, 65),
	} {
		require.Equal(t, want, s.String())
	}
}
