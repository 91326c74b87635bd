package bench

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplitWords_AsAShellDoes(t *testing.T) {
	tests := map[string][]string{
		"":                           nil,
		"  bin/fibd  serve\t--x=1\n": {"bin/fibd", "serve", "--x=1"},
		`a 'b c' "d 'e" f\ g`:        {"a", "b c", "d 'e", "f g"},
		`'' ""`:                      {"", ""},
		`a'b'"c"\d`:                  {"abcd"},
		`'a\b'`:                      {`a\b`},
	}
	for line, want := range tests {
		got, err := SplitWords(line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}
}

func TestSplitWords_OpenQuote(t *testing.T) {
	for _, line := range []string{`a 'b`, `"`, `a\`, `'a"`} {
		_, err := SplitWords(line)
		require.ErrorContains(t, err, "not closed", line)
	}
}

func TestShellWords_AreSplitAgain(t *testing.T) {
	require.Equal(t, `a --b=c/d.e 'f g' '' 'it'\''s'`, ShellWords([]string{"a", "--b=c/d.e", "f g", "", "it's"}))
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "words")
		got, err := SplitWords(ShellWords(words))
		require.NoError(t, err)
		require.Equal(t, words, got)
	})
}
