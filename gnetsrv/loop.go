package gnetsrv

import (
	"context"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/corering/corering/cpuaffinity"
	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// loop is the event loop that handlers see: gnet's, with a mailbox in front and
// counters beside it. It comes to be with the first connection of gnet's loop.
type loop struct {
	server *server        // immutable
	gnet   gnet.EventLoop // immutable
	mail   mailbox        // safe for concurrent use

	// Owned by the loop, or by who runs its mail after its end.
	stats      uring.LoopStats // without Connections
	halfClosed map[*conn]struct{}
	onMain     bool        // the thread is the main one
	mainCPUs   unix.CPUSet // its CPUs before it was pinned

	connections atomic.Int64 // open connections; written by the loop, read by all
}

// newLoop makes a loop of gnet's, on whose thread it must be called.
func newLoop(s *server, index int, events gnet.EventLoop) *loop {
	l := &loop{server: s, gnet: events, halfClosed: map[*conn]struct{}{}}
	l.stats.Loop, l.stats.CPU = index, -1
	deliver := gnet.RunnableFunc(func(context.Context) error {
		l.mail.deliver()
		return nil
	})
	l.mail.trigger = func() {
		// An error means that the engine has stopped, whose end runs the mail.
		_ = events.Execute(context.Background(), deliver)
	}
	if cpus := s.config.CPUs; len(cpus) > 0 {
		l.pin(cpus[index%len(cpus)])
	}
	return l
}

// pin binds the loop's thread to a CPU. The thread is locked once more than gnet
// unlocks it, so that it ends with the loop and nothing else ever runs on a
// pinned thread. The main thread cannot end: Go never uses it again then, but
// its CPUs are what the outside takes for the process's, so they are restored.
func (l *loop) pin(cpu int) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() && unix.SchedGetaffinity(0, &l.mainCPUs) == nil {
		l.onMain = true
	}
	if err := cpuaffinity.PinThread(cpu); err != nil {
		l.server.config.Logger.Warn("cannot pin a loop", "loop", l.stats.Loop, "cpu", cpu, "error", err)
		return
	}
	l.stats.CPU = cpu
}

// snapshot returns the counters. Called on the loop.
func (l *loop) snapshot() uring.LoopStats {
	stats := l.stats
	stats.Connections = uint64(l.connections.Load())
	return stats
}

// retire takes over from gnet's loop, which has ended: connections that gnet no
// longer knew are closed, and what was posted is run.
func (l *loop) retire() {
	l.mail.post(func() {
		for c := range l.halfClosed {
			c.finish(nil)
		}
	})
	l.mail.exhaust()
	if l.onMain {
		_ = unix.SchedSetaffinity(unix.Getpid(), &l.mainCPUs)
	}
}

// Execute implements uring.EventLoop. What was accepted runs, after the engine's
// end on another goroutine if need be; later calls return ErrEngineInShutdown.
func (l *loop) Execute(ctx context.Context, runnable uring.Runnable) error {
	if runnable == nil {
		return uring.ErrNilRunnable
	}
	if l.server.isDone() {
		return uring.ErrEngineInShutdown
	}
	l.mail.post(func() { _ = runnable.Run(ctx) })
	return nil
}

// Close implements uring.EventLoop.
func (l *loop) Close(c uring.Conn) error {
	own, ok := c.(*conn)
	if !ok || own.loop != l {
		return uring.ErrUnsupportedOp
	}
	own.close()
	return nil
}

// Register is not supported: gnet would hand out connections of its own kind.
func (l *loop) Register(context.Context, net.Addr) (<-chan uring.RegisteredResult, error) {
	return nil, uring.ErrUnsupportedOp
}

// Enroll is not supported, for the same reason as Register.
func (l *loop) Enroll(context.Context, net.Conn) (<-chan uring.RegisteredResult, error) {
	return nil, uring.ErrUnsupportedOp
}

// Schedule is not supported by gnet.
func (l *loop) Schedule(context.Context, uring.Runnable, time.Duration) error {
	return uring.ErrUnsupportedOp
}

var _ uring.EventLoop = (*loop)(nil)
