package fibserver

import (
	"bytes"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/corering/corering/internal/fib"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	integer   = regexp.MustCompile(`^[ \t]*[+-]?[0-9]+[ \t]*$`)
	errorLine = regexp.MustCompile(`^\[Error\] [ -~]{1,250}\n$`)
)

func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{"30", " -1\t", "doubling 1000", "foo 1", "doubling", "1 2", "+", "99999999999999999999", "\xff\x00\"\r"} {
		f.Add([]byte(seed))
	}
	bare := fib.Lookup("doubling")
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		call, problem := parseRequest(text, bare)
		require.Equal(t, before, text)
		if problem.kind == noFailure {
			require.LessOrEqual(t, call.Args[0], call.Function.Max)
			require.Same(t, fib.Lookup(call.Function.Name), call.Function)
		} else {
			require.Regexp(t, errorLine, string(problem.append(nil)))
		}
		if integer.Match(text) {
			checkInteger(t, strings.Trim(string(text), " \t"), call, problem)
		}

		padded, again := parseRequest(bytes.Join([][]byte{[]byte(" \t"), text, []byte("\t")}, nil), bare)
		require.Equal(t, call, padded)
		require.Equal(t, problem.kind, again.kind)
		require.Equal(t, string(problem.word), string(again.word))
	})
}

// checkInteger compares a parsed integer with what math/big makes of it.
func checkInteger(t *testing.T, text string, call fib.Call, problem failure) {
	want, ok := new(big.Int).SetString(text, 10)
	require.True(t, ok)
	switch {
	case want.Cmp(big.NewInt(fib.Lookup("doubling").Max)) > 0:
		require.Equal(t, outOfRange, problem.kind)
	case want.IsInt64():
		require.Equal(t, want.Int64(), call.Args[0])
	default:
		require.Negative(t, call.Args[0])
	}
}

// instant is an executor that has computed a call when Submit returns.
type instant struct{}

func (instant) Submit(call fib.Call, done func(fib.Result)) (Task, error) {
	text, err := call.Run(nil, nil)
	done(fib.Result{Text: text, Err: err})
	return instant{}, nil
}

func (instant) Cancel() {}
func (instant) Close()  {}

// quickRig is a rig whose requests all take less than a millisecond.
func quickRig(t require.TestingT) *rig {
	return newRig(t, func(c *Config) {
		c.Executor, c.Deadline = instant{}, 100*time.Microsecond
	})
}

// oracle returns what a line session answers, by the rules and not by the code.
func oracle(r *rig, stream string) (answers string) {
	for len(stream) > 0 {
		line, rest, _ := strings.Cut(stream, "\n")
		stream = rest
		line = strings.TrimSuffix(line, "\r")
		if len(line) > 1024 {
			return answers + "[Error] line too long: more than 1024 bytes\n"
		}
		if strings.Trim(line, " \t") == "" {
			return answers
		}
		answers += oneAnswer(r, line)
	}
	return answers
}

// oneAnswer asks a connection of its own. Of the carriage returns of a line end
// only one counts, so what is left of others stays part of the line.
func oneAnswer(r *rig, line string) string {
	c := r.open(lineAddr)
	c.receive(line + "\r\n")
	r.loop.run()
	c.fin()
	return c.sent()
}

// converse sends the pieces one by one, then a FIN, and returns all answers.
func converse(r *rig, c *fakeConn, pieces []string) string {
	for i, piece := range pieces {
		c.receive(piece)
		if i%2 == 0 {
			r.loop.run()
		}
	}
	c.fin()
	r.loop.run()
	return c.sent()
}

// cutUp cuts the stream after as many bytes as each of sizes says.
func cutUp(stream string, sizes []byte) (pieces []string) {
	for _, size := range sizes {
		n := min(int(size), len(stream))
		pieces = append(pieces, stream[:n])
		stream = stream[n:]
	}
	return append(pieces, stream)
}

func FuzzSplitLine(f *testing.F) {
	f.Add([]byte("30\n10\r\nabc\n\n5"), []byte{1, 2, 3})
	f.Add([]byte("recursive 20\n1\nrecursive 21\n2"), []byte{7, 0, 9})
	f.Add([]byte("1\r\r\n\r\r"), []byte{0})
	f.Add([]byte(strings.Repeat("1", 1023)+"\r\n"+strings.Repeat("x", 1026)+"\n1\n"), []byte{255, 255, 255, 255, 2})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		r := quickRig(t)
		c := r.open(lineAddr)
		require.Equal(t, oracle(r, string(stream)), converse(r, c, cutUp(string(stream), sizes)))
		require.True(t, c.closed)
		r.noneLeft(t)
	})
}

func FuzzSplitChunk(f *testing.F) {
	f.Add([]byte("30\n10\r\nabc\n\n5"), []byte{1, 2, 3})
	f.Add([]byte("recursive 20\n1\nrecursive 21\n2"), []byte{7, 0, 9})
	f.Add([]byte(strings.Repeat("x", 1026)+"\n1\n"), []byte{255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		r := quickRig(t)
		c := r.open(chunkAddr)
		want := 0
		for _, chunk := range cutUp(string(stream), sizes) {
			n, tooLong := chunkPieces(chunk)
			want += n
			c.receive(chunk)
			r.loop.run()
			require.Equal(t, tooLong, c.closed)
			if tooLong {
				break
			}
		}
		c.fin()
		require.Equal(t, want, strings.Count(c.sent(), "\n"))
		r.noneLeft(t)
	})
}

// chunkPieces returns how many requests are in a chunk, up to the first that is
// too long.
func chunkPieces(chunk string) (n int, tooLong bool) {
	if chunk == "" {
		return 0, false
	}
	for piece := range strings.SplitSeq(strings.TrimSuffix(chunk, "\n"), "\n") {
		n++
		if len(strings.TrimSuffix(piece, "\r")) > 1024 {
			return n, true
		}
	}
	return n, false
}

// requestLine draws a line as clients send them, good and bad.
var requestLine = rapid.OneOf(
	rapid.StringMatching(`(recursive )?[0-9]{1,2}\r?\n`),
	rapid.StringMatching(`(doubling|iterative) [0-9]{1,5}\r?\n`),
	rapid.StringMatching(`[a-z ]{0,12} [0-9]{1,3}\r?\n`),
	rapid.SampledFrom([]string{"\n", "\r\n", "-5\n", strings.Repeat("7", 1024) + "\r\n", strings.Repeat("7", 1025) + "\n"}),
)

func TestSplit_AnySplittingGivesTheSameAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(requestLine, 0, 40).Draw(t, "lines"), "")
		stream = stream[:len(stream)-rapid.IntRange(0, min(3, len(stream))).Draw(t, "missing at the end")]
		sizes := rapid.SliceOf(rapid.Byte()).Draw(t, "sizes")
		r := quickRig(t)
		c := r.open(lineAddr)
		require.Equal(t, oracle(r, stream), converse(r, c, cutUp(stream, sizes)))
		require.True(t, c.closed)
	})
}
