package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

const (
	readBytes     = 64 << 10
	eventsPerTurn = 512
	// turnMax is how long the loop sleeps at most, and so how late it notices
	// that its context has ended.
	turnMax = 100 * time.Millisecond
)

// generator is the client side of a closed loop: one epoll, all connections,
// one read buffer. Owned by one thread; nothing in turn allocates.
type generator struct {
	load   Load
	script *script
	epoch  time.Time // origin of all time stamps, which are in nanoseconds

	epollFD int
	events  []unix.EpollEvent
	clients []client
	buffer  []byte

	sending   bool // answers lead to new requests
	busy      int  // connections that wait for answers
	stallAt   int64
	latencies *hdrhistogram.Histogram // nanoseconds
	highest   int64                   // what latencies can hold
}

// newGenerator allocates everything that the run needs but the connections.
func newGenerator(l Load) (*generator, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// An overdue answer is noticed within another tenth of the timeout.
	highest := int64(2 * l.Timeout)
	return &generator{
		load:      l,
		script:    newScript(l.Requests, l.Pipeline),
		epoch:     time.Now(),
		epollFD:   fd,
		events:    make([]unix.EpollEvent, min(eventsPerTurn, l.Connections)),
		clients:   make([]client, 0, l.Connections),
		buffer:    make([]byte, readBytes),
		latencies: hdrhistogram.New(1, highest, 3),
		highest:   highest,
	}, nil
}

// now returns the time since epoch in nanoseconds.
func (g *generator) now() int64 { return int64(time.Since(g.epoch)) }

// connect opens every connection, one after the other.
func (g *generator) connect(ctx context.Context, address netip.AddrPort) error {
	for id := range g.load.Connections {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		fd, err := dial(address, g.load.Timeout)
		if err != nil {
			return fmt.Errorf("open connection %d of %d to %s: %w", id+1, g.load.Connections, address, err)
		}
		g.clients = append(g.clients, client{fd: fd, exchange: newExchange(g.script, id)})
		// Edge-triggered, so that a turn costs no epoll_ctl and a connection
		// that has been read is not polled again.
		event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(id)}
		if err := unix.EpollCtl(g.epollFD, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
			return os.NewSyscallError("epoll_ctl", err)
		}
	}
	return nil
}

// measure warms up, opens the window, and returns what happened within it.
//
// Both edges of the window lie where nothing is in flight: whatever the hooks
// read there, CPU time and counters of the server, covers exactly the requests
// that the window counts.
func (g *generator) measure(ctx context.Context) (Result, error) {
	if err := g.drive(ctx, g.load.Warmup); err != nil {
		return Result{}, err
	}
	if ctx.Err() != nil {
		return Result{}, ErrInterrupted
	}
	if err := runHook(g.load.WindowBegin); err != nil {
		return Result{}, err
	}
	g.latencies.Reset()
	cpuBefore, begin := threadCPU(), g.now()
	if err := g.drive(ctx, g.load.Duration); err != nil {
		return Result{}, err
	}
	elapsed, cpu := time.Duration(g.now()-begin), threadCPU()-cpuBefore
	if err := runHook(g.load.WindowEnd); err != nil {
		return Result{}, err
	}
	if g.latencies.TotalCount() == 0 {
		return Result{}, ErrInterrupted
	}
	result := newResult(g.load, elapsed, cpu, g.latencies)
	result.Interrupted = ctx.Err() != nil
	return result, nil
}

// runHook calls a hook that may be nil.
func runHook(hook func() error) error {
	if hook == nil {
		return nil
	}
	return hook()
}

// close closes what the generator has opened.
func (g *generator) close() error {
	var errs []error
	for i := range g.clients {
		errs = append(errs, os.NewSyscallError("close", unix.Close(g.clients[i].fd)))
	}
	errs = append(errs, os.NewSyscallError("close", unix.Close(g.epollFD)))
	return errors.Join(errs...)
}

// threadCPU returns the CPU time that the calling thread has used.
func threadCPU() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(os.NewSyscallError("clock_gettime", err)) // the kernel always has this clock
	}
	return time.Duration(ts.Nano())
}
