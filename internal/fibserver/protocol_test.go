package fibserver

import (
	"math"
	"strings"
	"testing"

	"github.com/corering/corering/internal/fib"
	"github.com/stretchr/testify/require"
)

func TestParseRequest_Calls(t *testing.T) {
	for text, want := range map[string]struct {
		name string
		n    int64
	}{
		"30":                             {"recursive", 30},
		"  30\t ":                        {"recursive", 30},
		"+30":                            {"recursive", 30},
		"-5":                             {"recursive", -5},
		"-0":                             {"recursive", 0},
		"000000000000000000000000000012": {"recursive", 12},
		"-99999999999999999999999999999": {"recursive", -math.MaxInt64},
		"doubling 1000":                  {"doubling", 1000},
		"\tdoubling \t 1000\t":           {"doubling", 1000},
		"iterative -7":                   {"iterative", -7},
		"recursive 93":                   {"recursive", 93},
	} {
		call, f := parseRequest([]byte(text), fib.Lookup("recursive"))
		require.Equal(t, failure{}, f, text)
		require.Equal(t, want.name, call.Function.Name, text)
		require.Equal(t, want.n, call.Args[0], text)
	}
}

func TestParseRequest_Failures(t *testing.T) {
	for text, want := range map[string]string{
		"abc":           `not an integer: "abc"`,
		"":              `not an integer: ""`,
		" \t":           `not an integer: ""`,
		"+":             `not an integer: "+"`,
		"-":             `not an integer: "-"`,
		"--1":           `not an integer: "--1"`,
		"1.5":           `not an integer: "1.5"`,
		"0x10":          `not an integer: "0x10"`,
		"1_000":         `not an integer: "1_000"`,
		"٣":             `not an integer: "\u0663"`,
		"Recursive":     `not an integer: "Recursive"`,
		"doubling 1a":   `not an integer: "1a"`,
		"a\rb":          `not an integer: "a\rb"`,
		"\x00\xff\"":    `not an integer: "\x00\xff\""`,
		"94":            `out of range: recursive takes n up to 93, got 94`,
		"doubling 1e6":  `not an integer: "1e6"`,
		"doubling":      `wrong number of arguments: doubling takes 1, got 0`,
		"doubling 1 2":  `wrong number of arguments: doubling takes 1, got 2`,
		"1 2 3":         `wrong number of arguments: recursive takes 1, got 3`,
		"foo 1":         `unknown function: "foo" (known: doubling, iterative, recursive)`,
		"foo bar":       `unknown function: "foo" (known: doubling, iterative, recursive)`,
		"GET / HTTP/1.": `unknown function: "GET" (known: doubling, iterative, recursive)`,

		"doubling 1000001":            `out of range: doubling takes n up to 1000000, got 1000001`,
		strings.Repeat("9", 40):       `out of range: recursive takes n up to 93, got ` + strings.Repeat("9", 32) + `...`,
		strings.Repeat("9", 40) + "x": `not an integer: "` + strings.Repeat("9", 32) + `"...`,
		strings.Repeat("ab", 300):     `not an integer: "` + strings.Repeat("ab", 16) + `"...`,
	} {
		_, f := parseRequest([]byte(text), fib.Lookup("recursive"))
		require.Equal(t, "[Error] "+want+"\n", string(f.append(nil)), "%q", text)
	}
}

func TestParseRequest_AllocatesNothing(t *testing.T) {
	bare := fib.Lookup("recursive")
	for _, text := range []string{"30", "doubling 1000", "-1", "no", "unknown 7"} {
		in := []byte(text)
		require.Zero(t, testing.AllocsPerRun(100, func() { parseRequest(in, bare) }), text)
	}
}

// pieces cuts all that next finds in one go.
func pieces(s splitter, in string, more bool) (found []string, rest string, last cut) {
	for {
		piece, used, what := s.next([]byte(in), more)
		in = in[used:]
		if what != cutRequest {
			return found, in, what
		}
		found = append(found, string(piece))
	}
}

func TestSplitter_Chunk(t *testing.T) {
	s := splitter{mode: Chunk, maxLine: 8}
	for _, test := range []struct {
		in    string
		more  bool
		found []string
		rest  string
		last  cut
	}{
		{"", false, nil, "", cutNone},
		{"30", false, []string{"30"}, "", cutNone},
		{"30", true, nil, "30", cutNone},
		{"30\n", true, []string{"30"}, "", cutNone},
		{"30\r\n", false, []string{"30"}, "", cutNone},
		{"30\r", false, []string{"30"}, "", cutNone},
		{"1\n2\n3", false, []string{"1", "2", "3"}, "", cutNone},
		{"1\n2\n3", true, []string{"1", "2"}, "3", cutNone},
		{"1\n\n2\n", false, []string{"1", "", "2"}, "", cutNone},
		{"\n", false, []string{""}, "", cutNone},
		{"12345678", false, []string{"12345678"}, "", cutNone},
		{"12345678\r", true, nil, "12345678\r", cutNone},
		{"12345678\r\n1", false, []string{"12345678", "1"}, "", cutNone},
		{"123456789", false, nil, "123456789", cutTooLong},
		{"123456789", true, nil, "123456789", cutTooLong},
		{"1\n123456789\n2", false, []string{"1"}, "2", cutTooLong},
	} {
		found, rest, last := pieces(s, test.in, test.more)
		require.Equal(t, test.found, found, "%q", test.in)
		require.Equal(t, test.rest, rest, "%q", test.in)
		require.Equal(t, test.last, last, "%q", test.in)
	}
}

func TestSplitter_Line(t *testing.T) {
	s := splitter{mode: Line, maxLine: 8}
	for _, test := range []struct {
		in    string
		more  bool
		found []string
		rest  string
		last  cut
	}{
		{"", true, nil, "", cutNone},
		{"30", true, nil, "30", cutNone},
		{"30", false, []string{"30"}, "", cutNone},
		{"1\r\n2\n3", true, []string{"1", "2"}, "3", cutNone},
		{"1\n\n2\n", true, []string{"1"}, "2\n", cutBlank},
		{"1\n\r\n2\n", true, []string{"1"}, "2\n", cutBlank},
		{" \t\n2\n", true, nil, "2\n", cutBlank},
		{"\r", true, nil, "\r", cutNone},
		{"\r", false, nil, "", cutBlank},
		{"12345678\r", true, nil, "12345678\r", cutNone},
		{"12345678\r\r", true, nil, "12345678\r\r", cutTooLong},
		{"123456789", true, nil, "123456789", cutTooLong},
		{"123456789\n", true, nil, "", cutTooLong},
	} {
		found, rest, last := pieces(s, test.in, test.more)
		require.Equal(t, test.found, found, "%q", test.in)
		require.Equal(t, test.rest, rest, "%q", test.in)
		require.Equal(t, test.last, last, "%q", test.in)
	}
}
