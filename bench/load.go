package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"time"
)

// Limits of a Load.
const (
	connectionsMax = 60_000 // an address pair has fewer ephemeral ports than that
	pipelineMax    = 65_536
)

// Load describes a closed loop: every connection sends a batch of requests in
// one write, waits for all of its answers, and sends the next. The zero value
// of each field but Address works.
type Load struct {
	// Address is HOST:PORT, with or without a scheme in front, such as
	// line://127.0.0.1:12345.
	Address string
	// Requests are sent in turn. Empty means the request "1", which "1"
	// answers. Wrong order shows only among requests with different answers.
	Requests []Request
	// Connections is the number of connections. Zero means 1; at most 60000.
	Connections int
	// Pipeline is the number of requests in a batch. Zero means 1; at most
	// 65536.
	Pipeline int
	// Warmup is the time under load before the measured window. Zero means
	// none.
	Warmup time.Duration
	// Duration is the length of the measured window. Zero means 1 s.
	Duration time.Duration
	// Timeout bounds the wait for a connection or an answer. Zero means 10 s.
	Timeout time.Duration
	// CPUs pins the generator's thread. Empty means not pinned.
	CPUs []int
	// Spin makes the generator look for answers without ever sleeping, so that
	// its own wake-up is not in the latency. It uses all of its CPU.
	Spin bool

	// WindowBegin and WindowEnd, where not nil, run on the generator's thread
	// at the edges of the measured window, while no request is in flight; their
	// own time does not count. An error ends the run.
	WindowBegin func() error
	WindowEnd   func() error
}

// withDefaults returns the load with its zero values replaced.
func (l Load) withDefaults() Load {
	if len(l.Requests) == 0 {
		l.Requests = []Request{Line("1", "1")}
	}
	if l.Connections == 0 {
		l.Connections = 1
	}
	if l.Pipeline == 0 {
		l.Pipeline = 1
	}
	if l.Duration == 0 {
		l.Duration = time.Second
	}
	if l.Timeout == 0 {
		l.Timeout = 10 * time.Second
	}
	return l
}

// Validate returns an error that says which field is out of its range.
func (l Load) Validate() error {
	l = l.withDefaults()
	switch {
	case l.Connections < 1 || l.Connections > connectionsMax:
		return fmt.Errorf("connections: %d is not within 1 and %d", l.Connections, connectionsMax)
	case l.Pipeline < 1 || l.Pipeline > pipelineMax:
		return fmt.Errorf("pipeline: %d is not within 1 and %d", l.Pipeline, pipelineMax)
	case l.Duration <= 0:
		return errors.New("duration: must be above zero")
	case l.Warmup < 0:
		return errors.New("warm-up: must not be negative")
	case l.Timeout <= 0:
		return errors.New("timeout: must be above zero")
	}
	for _, request := range l.Requests {
		if err := request.validate(); err != nil {
			return err
		}
	}
	return checkCPUs(l.CPUs)
}

// Run puts the load on the server and returns what was measured. When ctx ends
// within the measured window, the window ends early and the result says so;
// when it ends before, the error is ErrInterrupted. An answer that is wrong,
// missing, out of order or too much ends the run with one of this package's
// errors, and so does a closed connection.
//
// The generator runs on a thread of its own, so Run may be called from any
// goroutine. That thread keeps its P while it sleeps: see GOMAXPROCS to at least
// two.
func (l Load) Run(ctx context.Context) (Result, error) {
	if err := l.Validate(); err != nil {
		return Result{}, err
	}
	l = l.withDefaults()
	address, err := resolve(l.Address)
	if err != nil {
		return Result{}, err
	}
	type outcome struct {
		result Result
		err    error
	}
	done := make(chan outcome)
	go func() {
		// Never unlocked: the pinned thread ends with its goroutine.
		runtime.LockOSThread()
		result, err := l.run(ctx, address)
		done <- outcome{result, err}
	}()
	o := <-done
	return o.result, o.err
}

// run is Run on the generator's own thread.
func (l Load) run(ctx context.Context, address netip.AddrPort) (result Result, err error) {
	if len(l.CPUs) > 0 {
		if err := pinThread(l.CPUs); err != nil {
			return Result{}, err
		}
	}
	g, err := newGenerator(l)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	if err := g.connect(ctx, address); err != nil {
		return Result{}, err
	}
	return g.measure(ctx)
}

// resolve returns the socket address of HOST:PORT with an optional scheme.
func resolve(address string) (netip.AddrPort, error) {
	if _, rest, found := strings.Cut(address, "://"); found {
		address = rest
	}
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve %q: %w", address, err)
	}
	resolved := tcp.AddrPort()
	return netip.AddrPortFrom(resolved.Addr().Unmap(), resolved.Port()), nil
}
