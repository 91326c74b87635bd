package uring

import (
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/corering/corering/internal/ioring"
)

// What the zero value of Config means, and the limits of its fields. Sizes of
// rings are the kernel's, IORING_MAX_ENTRIES and IORING_MAX_CQ_ENTRIES.
const (
	loopsMax = 1024

	entriesDefault          = 1024
	entriesMax              = 32768
	completionEntriesFactor = 8
	completionEntriesMax    = 2 * entriesMax
	bufferSizeDefault       = 4096
	bufferSizeMax           = 1 << 20
	bufferCountDefault      = 512
	maxInboundDefault       = 1 << 20
	maxOutboundDefault      = 1 << 20
	lingerDefault           = 2 * time.Second
)

// Config holds the settings of an engine. The zero value works.
type Config struct {
	// Loops is the number of event loops. Zero means one for every entry of
	// CPUs, or one if that is empty too. At most 1024.
	Loops int
	// CPUs pins the threads of the loops: loop i runs on CPUs[i%len(CPUs)].
	// Empty means not pinned.
	CPUs []int
	// BusyPoll is how long a loop that has nothing to do looks for new
	// completions before it sleeps: CPU time for latency. Zero means that it
	// decides for itself: for 50 µs while that is how soon things come, and not
	// at all on a quiet server. Negative means never. At most 1 s.
	BusyPoll time.Duration
	// Backlog is the length of the accept queue of each listener, limited by
	// net.core.somaxconn. Zero means that limit.
	Backlog int

	// Entries is the size of the submission queue of each loop, a power of two
	// up to 32768. Zero means 1024. A full queue costs an extra
	// io_uring_enter, nothing else.
	Entries int
	// CompletionEntries is the size of the completion queue of each loop, a
	// power of two, at least Entries, up to 65536. Zero means 8 × Entries, or
	// 65536 if that is less.
	CompletionEntries int
	// BufferSize is the size in bytes of a receive buffer. Zero means 4096.
	BufferSize int
	// BufferCount is the number of receive buffers of each loop, a power of
	// two up to 4096. Idle connections hold none of them. Zero means 512.
	BufferCount int

	// MaxInbound is the number of received bytes that a handler may leave
	// unread before the engine stops reading from that connection; it goes on
	// when the handler has read. Zero means 1 MiB.
	MaxInbound int
	// MaxOutbound is the number of bytes waiting to be sent to a peer above
	// which the engine stops reading from it, until half of them are sent.
	// Zero means 1 MiB.
	MaxOutbound int
	// Linger is how long a connection that this side has closed waits for its
	// peer to make progress: to take what was written, and then to close in
	// its turn. What the peer still sends is swallowed meanwhile, so that the
	// answer is not lost to a reset. Zero means 2 s; negative means not at all.
	Linger time.Duration

	// Ticker asks for OnTick.
	Ticker bool
	// Logger receives what an operator should know. Nil means slog.Default().
	Logger *slog.Logger
}

// complete returns the config with defaults in place of zeros, or which field is
// out of its range.
func (c Config) complete() (Config, error) {
	setDefault(&c.Loops, max(1, len(c.CPUs)))
	setDefault(&c.Entries, entriesDefault)
	setDefault(&c.CompletionEntries, min(completionEntriesFactor*c.Entries, completionEntriesMax))
	setDefault(&c.BufferSize, bufferSizeDefault)
	setDefault(&c.BufferCount, bufferCountDefault)
	setDefault(&c.MaxInbound, maxInboundDefault)
	setDefault(&c.MaxOutbound, maxOutboundDefault)
	setDefault(&c.Linger, lingerDefault)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, c.check()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check holds every limit and the relations between them.
func (c *Config) check() error {
	for _, f := range []struct {
		name            string
		value, low, top int
		powerOfTwo      bool
	}{
		{"Loops", c.Loops, 1, loopsMax, false},
		{"BusyPoll", int(c.BusyPoll), math.MinInt, int(time.Second), false},
		{"Backlog", c.Backlog, 0, 1 << 30, false},
		{"Entries", c.Entries, 1, entriesMax, true},
		{"CompletionEntries", c.CompletionEntries, c.Entries, completionEntriesMax, true},
		{"BufferSize", c.BufferSize, 1, bufferSizeMax, false},
		{"BufferCount", c.BufferCount, 1, ioring.BuffersMax, true},
		{"MaxInbound", c.MaxInbound, 1, 1 << 40, false},
		{"MaxOutbound", c.MaxOutbound, 1, 1 << 40, false},
	} {
		if f.value < f.low || f.value > f.top {
			return fmt.Errorf("check config: %s is %d, not within %d and %d", f.name, f.value, f.low, f.top)
		}
		if f.powerOfTwo && f.value&(f.value-1) != 0 {
			return fmt.Errorf("check config: %s is %d, not a power of two", f.name, f.value)
		}
	}
	return nil
}
