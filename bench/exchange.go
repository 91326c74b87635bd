package bench

import (
	"bytes"
	"fmt"
)

// exchange is the state of one connection's talk: which batch is under way and
// how much of its answers has arrived. Owned by the generator's thread.
type exchange struct {
	script  *script
	next    int // entry whose answer comes next
	end     int // entry after the last of the batch; next == end when idle
	matched int // offset in script.expects up to which the answers have arrived
}

// newExchange returns an idle exchange. Connections start at different entries
// of the cycle, so that not all of them ask for the same at the same time.
func newExchange(s *script, connection int) exchange {
	entry := connection % s.period
	return exchange{script: s, next: entry, end: entry, matched: s.expectAt[entry]}
}

// idle reports whether every answer asked for has arrived.
func (x *exchange) idle() bool { return x.next == x.end }

// begin starts the next batch and returns the bytes to send. The exchange must
// be idle.
func (x *exchange) begin() []byte {
	x.next = x.end % x.script.period
	x.end = x.next + x.script.depth
	x.matched = x.script.expectAt[x.next]
	return x.script.batch(x.next)
}

// take compares what has arrived with what must come next and returns the
// number of answers that it completes. The error wraps ErrWrongAnswer,
// ErrReordered or ErrUnasked, and ends the exchange.
func (x *exchange) take(arrived []byte) (answers int, err error) {
	awaited := x.script.expects[x.matched:x.script.expectAt[x.end]]
	if len(arrived) > len(awaited) || !bytes.Equal(arrived, awaited[:len(arrived)]) {
		return 0, x.explain(arrived, awaited)
	}
	x.matched += len(arrived)
	for x.next < x.end && x.script.expectAt[x.next+1] <= x.matched {
		x.next++
		answers++
	}
	return answers, nil
}

// explain says what is wrong with bytes that take refused.
func (x *exchange) explain(arrived, awaited []byte) error {
	good := commonPrefix(arrived, awaited)
	if good == len(awaited) {
		return fmt.Errorf("%w: %s", ErrUnasked, quoteLine(arrived[good:]))
	}
	entry := x.next
	for x.script.expectAt[entry+1] <= x.matched+good {
		entry++
	}
	start := x.script.expectAt[entry]
	line := bytes.Clone(x.script.expects[start : x.matched+good])
	line = firstLine(append(line, arrived[good:]...))
	for other := entry + 1; other < x.end; other++ {
		if bytes.Equal(line, x.script.answer(other)) {
			return fmt.Errorf("%w: %s came before %q", ErrReordered, quoteLine(line), x.script.answer(entry))
		}
	}
	return fmt.Errorf("%w: %s instead of %q", ErrWrongAnswer, quoteLine(line), x.script.answer(entry))
}

// commonPrefix returns the number of leading bytes that a and b share.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// firstLine returns b up to and including its first newline, or all of it.
func firstLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}

// quoteLine returns the first line of b, quoted and cut to what an error
// message can bear.
func quoteLine(b []byte) string {
	const bytesMax = 120
	line := firstLine(b)
	if len(line) > bytesMax {
		return fmt.Sprintf("%q...", line[:bytesMax])
	}
	return fmt.Sprintf("%q", line)
}
