package gnetsrv

import (
	"fmt"
	"log/slog"
	"time"
)

const (
	// maxLoops is gnet's limit, above which it silently starts fewer loops.
	maxLoops = 256
	// maxOutbound is the number of unsent bytes above which a handler may wait
	// with its input: it gets another OnTraffic when half of that is left. It
	// is the default of uring.Config.MaxOutbound.
	maxOutbound = 1 << 20

	defaultMaxInbound = 1 << 20
	defaultLinger     = 2 * time.Second
)

// Config holds the settings of an engine. The zero value works. The fields mean
// what they mean in uring.Config, as far as gnet can do it.
type Config struct {
	// Loops is the number of event loops. Zero means one for every entry of
	// CPUs, or one if that is empty too. At most 256.
	Loops int
	// CPUs pins the threads of the loops: the loop that is the i-th to get a
	// connection runs on CPUs[i%len(CPUs)] from then on. Empty means not
	// pinned.
	CPUs []int
	// MaxInbound is the number of received bytes that a handler may leave
	// unread. gnet cannot stop reading: above it the connection is closed with
	// ErrInboundFull. Zero means 1 MiB.
	MaxInbound int
	// Linger bounds the time for which a connection that this side has closed
	// still sends what was written and swallows what the peer had under way,
	// so that the answer is not lost to a reset. Zero means 2 s; negative
	// means not at all.
	Linger time.Duration
	// Ticker asks for OnTick.
	Ticker bool
	// Logger receives what an operator should know, and what gnet says at
	// debug level. Nil means slog.Default().
	Logger *slog.Logger
}

// complete returns the config with its zeros replaced.
func (c Config) complete() (Config, error) {
	if c.Loops == 0 {
		c.Loops = max(1, len(c.CPUs))
	}
	if c.Loops < 1 || c.Loops > maxLoops {
		return c, fmt.Errorf("loops: %d is not within 1 to %d", c.Loops, maxLoops)
	}
	if c.MaxInbound < 0 {
		return c, fmt.Errorf("inbound limit: %d is negative", c.MaxInbound)
	}
	if c.MaxInbound == 0 {
		c.MaxInbound = defaultMaxInbound
	}
	if c.Linger == 0 {
		c.Linger = defaultLinger
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
