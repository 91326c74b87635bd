package bench

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawScript draws a script whose answers are all different.
func drawScript(t *rapid.T) *script {
	requests := make([]Request, rapid.IntRange(1, 5).Draw(t, "period"))
	for i := range requests {
		requests[i] = Line(fmt.Sprint(i), fmt.Sprint(i, rapid.StringMatching(`[a-z]{0,9}`).Draw(t, "answer")))
	}
	return newScript(requests, rapid.IntRange(1, 7).Draw(t, "depth"))
}

// feed hands the answers of the batch under way to the exchange in pieces of
// drawn lengths.
func feed(t *rapid.T, x *exchange, answers []byte) (total int, err error) {
	for len(answers) > 0 {
		length := rapid.IntRange(1, len(answers)).Draw(t, "piece")
		n, err := x.take(answers[:length])
		if err != nil {
			return total, err
		}
		total += n
		answers = answers[length:]
	}
	return total, nil
}

func TestExchange_TakesAnswersInAnyPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		x := newExchange(s, rapid.IntRange(0, 10).Draw(t, "connection"))
		asked := x.end
		for range 4 {
			require.True(t, x.idle())
			require.Equal(t, asked%s.period, x.end%s.period, "the cycle goes on where it stopped")
			batch := x.begin()
			require.Equal(t, s.batch(x.next), batch)
			answers := s.expects[s.expectAt[x.next]:s.expectAt[x.end]]
			n, err := feed(t, &x, answers)
			require.NoError(t, err)
			require.Equal(t, s.depth, n)
			asked += s.depth
		}
	})
}

func TestExchange_NoticesOneChangedByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		x := newExchange(s, 0)
		x.begin()
		answers := append([]byte(nil), s.expects[s.expectAt[x.next]:s.expectAt[x.end]]...)
		answers[rapid.IntRange(0, len(answers)-1).Draw(t, "position")] ^= 0x80
		_, err := feed(t, &x, answers)
		require.ErrorIs(t, err, ErrWrongAnswer)
	})
}

func TestExchange_ExplainsWhatIsWrong(t *testing.T) {
	requests := []Request{Line("10", "55"), Line("20", "6765"), Line("30", "832040")}
	tests := []struct {
		name    string
		arrived []string
		is      error
		says    string
	}{
		{"wrong", []string{"55\n6766\n"}, ErrWrongAnswer, `"6766\n" instead of "6765\n"`},
		{"wrong in pieces", []string{"55\n67", "66\n"}, ErrWrongAnswer, `"6766\n" instead of "6765\n"`},
		{"reordered", []string{"55\n832040\n6765\n"}, ErrReordered, `"832040\n" came before "6765\n"`},
		{"answer missing", []string{"55\n", "832040\n"}, ErrReordered, `"832040\n" came before "6765\n"`},
		{"error line", []string{"[Error] busy\n"}, ErrWrongAnswer, `"[Error] busy\n" instead of "55\n"`},
		{"too much", []string{"55\n6765\n832040\n55\n"}, ErrUnasked, `"55\n"`},
		{"too much later", []string{"55\n6765\n832040\n", "55\n"}, ErrUnasked, `"55\n"`},
		{"binary", []string{"\x00\xff"}, ErrWrongAnswer, `"\x00\xff" instead of`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := newExchange(newScript(requests, 3), 0)
			x.begin()
			var err error
			for _, piece := range test.arrived {
				require.NoError(t, err, "only the last piece is bad")
				_, err = x.take([]byte(piece))
			}
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestExchange_CutsLongAnswersInErrors(t *testing.T) {
	x := newExchange(newScript([]Request{Line("1", "1")}, 1), 0)
	x.begin()
	_, err := x.take(make([]byte, 100_000))
	require.ErrorIs(t, err, ErrWrongAnswer)
	require.Less(t, len(err.Error()), 1000)
}
