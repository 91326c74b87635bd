package gnetsrv

import (
	"context"
	"net"
	"strings"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
)

// engine is what OnBoot receives: gnet's Engine where that will do. Safe for
// concurrent use.
type engine struct {
	gnet.Engine
	server *server
}

// Validate implements uring.Engine.
func (e engine) Validate() error {
	if e.server.isDone() {
		return uring.ErrEngineInShutdown
	}
	return e.Engine.Validate()
}

// CountConnections implements uring.Engine. It counts half-closed connections,
// which gnet no longer knows of; -1 means that the engine does not run.
func (e engine) CountConnections() int {
	if e.Validate() != nil {
		return -1
	}
	count := 0
	for _, l := range e.server.known() {
		count += int(l.connections.Load())
	}
	return count
}

// Register is not supported: gnet would hand out connections of its own kind.
func (e engine) Register(context.Context) (<-chan uring.RegisteredResult, error) {
	return nil, uring.ErrUnsupportedOp
}

// DupListener implements uring.Engine. addr is written as in Addrs. Of the
// listeners of all loops it is the first loop's that is copied.
func (e engine) DupListener(network, addr string) (int, error) {
	for i, bound := range e.server.addrs {
		if strings.HasPrefix(network, "tcp") && addr == bound.String() {
			_, gnetAddr, _ := strings.Cut(e.server.claims[i].ProtoAddr(), "://")
			return e.Engine.DupListener("tcp", gnetAddr)
		}
	}
	return e.Engine.DupListener(network, addr)
}

// Stop implements uring.Engine. Once the engine has stopped it returns
// ErrEngineInShutdown.
func (e engine) Stop(ctx context.Context) error {
	if err := e.Validate(); err != nil {
		return err
	}
	e.server.stop()
	select {
	case <-e.server.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Addrs implements uring.Introspector.
func (e engine) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(e.server.addrs))
	for i, addr := range e.server.addrs {
		addrs[i] = addr
	}
	return addrs
}

// LoopStats implements uring.Introspector. A loop counts from its first
// connection on; before, all its counters are zero and its CPU is -1. BytesOut
// counts what the handler has written. What only io_uring has stays zero.
func (e engine) LoopStats(ctx context.Context) ([]uring.LoopStats, error) {
	stats := make([]uring.LoopStats, e.server.config.Loops)
	for i := range stats {
		stats[i].Loop, stats[i].CPU = i, -1
	}
	loops := e.server.known()
	answers := make(chan uring.LoopStats, len(loops))
	for _, l := range loops {
		l.mail.post(func() { answers <- l.snapshot() })
	}
	for range loops {
		select {
		case answer := <-answers:
			stats[answer.Loop] = answer
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return stats, nil
}

var (
	_ uring.Engine       = engine{}
	_ uring.Introspector = engine{}
)
