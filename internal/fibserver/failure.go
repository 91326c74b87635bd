package fibserver

import (
	"strconv"
	"strings"
	"time"

	"github.com/corering/corering/internal/fib"
)

// failureKind says what is wrong with a request, or with a connection.
type failureKind int

const (
	noFailure failureKind = iota
	notInteger
	outOfRange
	unknownFunction
	wrongArguments
	tooExpensive
	busy
	cancelled
	lineTooLong
	serverFull
	stopping

	failureKinds // their number
)

// failureNames name the kinds in a Snapshot.
var failureNames = [failureKinds]string{
	notInteger:      "not_an_integer",
	outOfRange:      "out_of_range",
	unknownFunction: "unknown_function",
	wrongArguments:  "wrong_arguments",
	tooExpensive:    "too_expensive",
	busy:            "busy",
	cancelled:       "cancelled",
	lineTooLong:     "line_too_long",
	serverFull:      "server_full",
	stopping:        "stopping",
}

// failure is an error that a client is told of. The zero value is none. It is a
// value and its text is made only when it is sent, so that requests without
// errors pay nothing.
type failure struct {
	kind     failureKind
	word     []byte        // the offending word of the request, and lent by it
	function *fib.Function // the function asked for
	argument int64         // its argument
	count    int           // how many arguments were given; what limit was reached
	estimate time.Duration // what the request would take
	deadline time.Duration // what it may take
	fits     int64         // the largest argument that may
}

// append appends the line that the client reads, with its newline.
func (f failure) append(dst []byte) []byte {
	dst = append(dst, "[Error] "...)
	dst = f.appendReason(dst)
	return append(dst, '\n')
}

func (f failure) appendReason(dst []byte) []byte {
	switch f.kind {
	case notInteger:
		return appendQuoted(append(dst, "not an integer: "...), f.word)
	case outOfRange:
		return f.appendOutOfRange(dst)
	case unknownFunction:
		dst = appendQuoted(append(dst, "unknown function: "...), f.word)
		return append(append(append(dst, " (known: "...), knownNames...), ')')
	case wrongArguments:
		dst = append(append(dst, "wrong number of arguments: "...), f.function.Name...)
		dst = strconv.AppendInt(append(dst, " takes "...), int64(f.function.Args), 10)
		return strconv.AppendInt(append(dst, ", got "...), int64(f.count), 10)
	case tooExpensive:
		return f.appendTooExpensive(dst)
	case busy:
		dst = strconv.AppendInt(append(dst, "busy: "...), int64(f.count), 10)
		return append(dst, " requests are in progress, try again later"...)
	case cancelled:
		return append(dst, "cancelled: the server is stopping"...)
	case lineTooLong:
		dst = strconv.AppendInt(append(dst, "line too long: more than "...), int64(f.count), 10)
		return append(dst, " bytes"...)
	case serverFull:
		dst = strconv.AppendInt(append(dst, "server full: "...), int64(f.count), 10)
		return append(dst, " clients are connected, try again later"...)
	case stopping:
		return append(dst, "server stopping: no new clients"...)
	}
	panic("failure without a kind")
}

func (f failure) appendOutOfRange(dst []byte) []byte {
	dst = append(append(dst, "out of range: "...), f.function.Name...)
	dst = strconv.AppendInt(append(dst, " takes n up to "...), f.function.Max, 10)
	return appendShortened(append(dst, ", got "...), f.word)
}

func (f failure) appendTooExpensive(dst []byte) []byte {
	dst = append(append(dst, "too expensive: "...), f.function.Name...)
	dst = strconv.AppendInt(append(dst, ' '), f.argument, 10)
	dst = appendAbout(append(dst, " would take "...), f.estimate)
	dst = append(append(dst, ", the deadline is "...), f.deadline.String()...)
	return strconv.AppendInt(append(dst, ", the largest n that fits is "...), f.fits, 10)
}

// quotedMax is the number of bytes of a client's word that an error repeats.
const quotedMax = 32

// appendQuoted appends a client's word in printable ASCII, shortened.
func appendQuoted(dst, word []byte) []byte {
	if len(word) <= quotedMax {
		return strconv.AppendQuoteToASCII(dst, string(word))
	}
	dst = strconv.AppendQuoteToASCII(dst, string(word[:quotedMax]))
	return append(dst, "..."...)
}

// appendShortened is appendQuoted for digits, which need no quotes.
func appendShortened(dst, digits []byte) []byte {
	if len(digits) <= quotedMax {
		return append(dst, digits...)
	}
	return append(append(dst, digits[:quotedMax]...), "..."...)
}

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// units are those in which people are told of durations.
var units = [...]struct {
	size time.Duration
	name string
}{
	{year, " years"},
	{day, " days"},
	{time.Hour, "h"},
	{time.Minute, "m"},
	{time.Second, "s"},
	{time.Millisecond, "ms"},
	{time.Microsecond, "us"},
	{time.Nanosecond, "ns"},
}

// appendAbout appends a duration roughly: in the largest unit of which there
// are at least two. An estimate may be saturated, so beyond 200 years it is not
// believed.
func appendAbout(dst []byte, d time.Duration) []byte {
	if d > 200*year {
		return append(dst, "more than 200 years"...)
	}
	unit := units[len(units)-1]
	for _, u := range units {
		if d >= 2*u.size {
			unit = u
			break
		}
	}
	count := (d + unit.size/2) / unit.size
	dst = strconv.AppendInt(append(dst, "about "...), int64(count), 10)
	return append(dst, unit.name...)
}

// knownNames lists the registered functions.
var knownNames = func() string {
	var names []string
	for _, f := range fib.Functions() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}()
