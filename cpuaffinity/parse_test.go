package cpuaffinity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSet_KernelLists(t *testing.T) {
	for list, want := range map[string]Set{
		"":          {},
		"\n":        {},
		"0\n":       SetOf(0),
		"0-3,8":     SetOf(0, 1, 2, 3, 8),
		"8,0-3,2-3": SetOf(0, 1, 2, 3, 8),
		"3-3":       SetOf(3),
		"007":       SetOf(7),
		"8191":      SetOf(MaxCPU),
	} {
		s, err := ParseSet(list)
		require.NoError(t, err, list)
		require.Equal(t, want, s, list)
	}
}

func TestParseSet_Errors(t *testing.T) {
	for list, want := range map[string]string{
		",":                      `parse CPU list ",": a CPU number is missing`,
		"1,":                     `parse CPU list "1,": a CPU number is missing`,
		"-1":                     `parse CPU list "-1": a CPU number is missing`,
		"1-":                     `parse CPU list "1-": a CPU number is missing`,
		"3-1":                    `parse CPU list "3-1": range "3-1" runs backwards`,
		"1-2-3":                  `parse CPU list "1-2-3": "2-3" is not a CPU number`,
		"+1":                     `parse CPU list "+1": "+1" is not a CPU number`,
		"0 1":                    `parse CPU list "0 1": "0 1" is not a CPU number`,
		"0-31:2/4":               `parse CPU list "0-31:2/4": "31:2/4" is not a CPU number`,
		"8192":                   `parse CPU list "8192": CPU 8192 is larger than 8191`,
		"0-99999999999999999999": `parse CPU list "0-99999999999999999999": CPU 99999999999999999999 is larger than 8191`,
	} {
		_, err := ParseSet(list)
		require.EqualError(t, err, want)
	}
}

// What parses is written back to a list that parses to the same set, and the
// written form is its own.
func FuzzParseSet(f *testing.F) {
	for _, list := range []string{"", "0", "0-3,8", "8,0-3,2-3", "3-1", "0-31:2/4", "8191", "62-65\n", "-", "1,,2"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		s, err := ParseSet(list)
		if err != nil {
			require.Zero(t, s.Len())
			return
		}
		again, err := ParseSet(s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
		require.Equal(t, s, SetOf(s.CPUs()...))
		require.Equal(t, s.String(), again.String())
	})
}
