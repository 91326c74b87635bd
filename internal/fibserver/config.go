package fibserver

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/corering/corering/internal/fib"
)

// Config holds the settings of a Server. The zero value works.
type Config struct {
	// Modes gives the mode of each address of the engine, in the same order. A
	// single entry holds for all addresses; empty means Chunk.
	Modes []Mode
	// Algorithm is the name of the function that a bare number asks for. Empty
	// means recursive.
	Algorithm string
	// Inline is the largest estimate of a request that is computed on the loop
	// itself. Zero means 5 µs; negative means that nothing is.
	Inline time.Duration
	// Deadline is the largest estimate of a request that is accepted at all.
	// Zero means 60 s. At least Inline.
	Deadline time.Duration
	// MaxConns is the number of connections above which new ones are refused.
	// Zero means no limit.
	MaxConns int
	// MaxInflight is the number of requests on the executor above which more
	// are refused, over all connections. A request counts until its answer
	// can leave, so that it bounds the memory of answers as well. Zero means
	// 1024.
	MaxInflight int
	// MaxLine is the length of a request in bytes, without line end, above
	// which the connection is closed. Zero means 1024. At most MaxLineLimit.
	MaxLine int
	// IdleTimeout closes a connection on which for so long nothing arrived and
	// nothing was outstanding. Zero means never.
	IdleTimeout time.Duration
	// HalfClose is how long after the peer's FIN its unfinished requests may
	// go on. Zero means 10 s.
	HalfClose time.Duration
	// Executor computes what is too long for the loop. It stays the caller's,
	// to be closed after the engine has ended. Nil means a Goroutines of the
	// server's own, as many as there are CPUs to run them.
	Executor Executor
	// Model estimates the costs of requests. Nil means that New calibrates one,
	// which takes some tens of milliseconds.
	Model *fib.Model
	// Logger receives what an operator should know. Nil means slog.Default().
	Logger *slog.Logger
}

// MaxLineLimit is the largest value of Config.MaxLine: a window must hold a whole
// line.
const MaxLineLimit = window / 2

// withDefaults returns the config with zero values replaced, or says which
// value makes no sense.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Algorithm, "recursive")
	setDefault(&c.Inline, 5*time.Microsecond)
	setDefault(&c.Deadline, time.Minute)
	setDefault(&c.MaxInflight, 1024)
	setDefault(&c.MaxLine, 1024)
	setDefault(&c.HalfClose, 10*time.Second)
	setDefault(&c.Logger, slog.Default())
	switch {
	case fib.Lookup(c.Algorithm) == nil:
		return c, fmt.Errorf("unknown algorithm %q", c.Algorithm)
	case c.Deadline < c.Inline:
		return c, fmt.Errorf("deadline %v is below the inline threshold %v", c.Deadline, c.Inline)
	case c.Deadline < 0, c.IdleTimeout < 0, c.HalfClose < 0:
		return c, fmt.Errorf("negative duration: deadline %v, idle timeout %v, half-close %v",
			c.Deadline, c.IdleTimeout, c.HalfClose)
	case c.MaxConns < 0, c.MaxInflight < 0:
		return c, fmt.Errorf("negative limit: %d connections, %d requests in flight", c.MaxConns, c.MaxInflight)
	case c.MaxLine < 0, c.MaxLine > MaxLineLimit:
		return c, fmt.Errorf("line limit of %d bytes is not between 1 and %d", c.MaxLine, MaxLineLimit)
	}
	return c, nil
}

// setDefault gives a field that is zero a value.
func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
