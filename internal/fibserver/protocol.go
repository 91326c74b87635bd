package fibserver

import (
	"bytes"
	"math"

	"github.com/corering/corering/internal/fib"
)

// Mode is how the bytes of a connection become requests.
type Mode int

const (
	// Chunk splits each chunk of received bytes at newlines; a rest without
	// newline is a request too.
	Chunk Mode = iota
	// Line takes one request a line; a blank line ends the session.
	Line
)

// cut is what the front of the input turned out to be.
type cut int

const (
	cutNone    cut = iota // nothing yet: wait for more
	cutRequest            // one request
	cutBlank              // a blank line that ends the session
	cutTooLong            // a request that is longer than allowed
)

// splitter cuts input into requests. It is immutable and does no I/O.
type splitter struct {
	mode    Mode
	maxLine int // bytes of a request, without line end
}

// next cuts the first request off in. more says that bytes follow of which a
// rest without newline may be part; without it such a rest is a request of its
// own. piece lies within in, without its line end. The first used bytes are
// done with; they are all of in only where nothing is left to wait for.
func (s splitter) next(in []byte, more bool) (piece []byte, used int, what cut) {
	front := in[:min(len(in), s.maxLine+len("\r\n"))]
	newline := bytes.IndexByte(front, '\n')
	switch {
	case newline >= 0:
		piece, used = withoutCR(in[:newline]), newline+1
	case len(withoutCR(front)) > s.maxLine:
		return nil, 0, cutTooLong
	case more || len(in) == 0:
		return nil, 0, cutNone
	default:
		piece, used = withoutCR(in), len(in)
	}
	switch {
	case len(piece) > s.maxLine:
		return nil, used, cutTooLong
	case s.mode == Line && isBlank(piece):
		return nil, used, cutBlank
	}
	return piece, used, cutRequest
}

// withoutCR returns the line without the carriage return before its newline.
func withoutCR(line []byte) []byte {
	return bytes.TrimSuffix(line, []byte{'\r'})
}

// isBlank tells whether there is nothing but spaces and tabs.
func isBlank(line []byte) bool {
	word, _ := nextWord(line)
	return len(word) == 0
}

// nextWord returns the first word of text and what follows it. The word is
// empty where there is none.
func nextWord(text []byte) (word, rest []byte) {
	start := 0
	for start < len(text) && isSeparator(text[start]) {
		start++
	}
	end := start
	for end < len(text) && !isSeparator(text[end]) {
		end++
	}
	return text[start:end], text[end:]
}

func isSeparator(b byte) bool { return b == ' ' || b == '\t' }

// parseRequest reads `N` or `NAME ARGS`; a bare N asks for the function bare.
// It allocates nothing. A failure refers to the bytes of text.
func parseRequest(text []byte, bare *fib.Function) (fib.Call, failure) {
	first, rest := nextWord(text)
	if _, ok := parseInteger(first); ok {
		return parseArgs(bare, text)
	}
	if f := fib.Lookup(string(first)); f != nil {
		return parseArgs(f, rest)
	}
	if isBlank(rest) {
		return fib.Call{}, failure{kind: notInteger, word: first}
	}
	return fib.Call{}, failure{kind: unknownFunction, word: first}
}

// parseArgs reads the arguments of f, which are all words of text.
func parseArgs(f *fib.Function, text []byte) (fib.Call, failure) {
	if n := countWords(text); n != f.Args {
		return fib.Call{}, failure{kind: wrongArguments, function: f, count: n}
	}
	call := fib.Call{Function: f}
	for i := range f.Args {
		var word []byte
		word, text = nextWord(text)
		n, ok := parseInteger(word)
		switch {
		case !ok:
			return fib.Call{}, failure{kind: notInteger, word: word}
		case n > f.Max:
			return fib.Call{}, failure{kind: outOfRange, function: f, word: word}
		}
		call.Args[i] = n
	}
	return call, failure{}
}

func countWords(text []byte) int {
	count := 0
	for word, rest := nextWord(text); len(word) > 0; word, rest = nextWord(rest) {
		count++
	}
	return count
}

// parseInteger reads decimal digits with an optional sign. What does not fit
// becomes the largest or smallest integer, which is beyond every range, or
// below it, in the same way.
func parseInteger(word []byte) (n int64, ok bool) {
	digits := word
	negative := len(word) > 0 && word[0] == '-'
	if negative || len(word) > 0 && word[0] == '+' {
		digits = word[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64 // and goes on to look at the remaining digits
			continue
		}
		n = n*10 + int64(d-'0')
	}
	if negative {
		return -n, true
	}
	return n, true
}
