package uring

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/corering/corering/internal/listen"
)

// engine is a running server: its loops and the way to end them.
type engine struct {
	config  Config // immutable, complete
	handler EventHandler
	places  []*listen.Reservation // immutable until the end; what addrs came to
	loops   []*loop               // immutable

	ending  chan struct{} // closed when the end begins
	endOnce sync.Once
	ended   chan struct{} // closed when all loops have ended
}

// newEngine binds the addresses and prepares the loops. On error nothing is
// left behind.
func newEngine(handler EventHandler, addrs []string, config Config) (*engine, error) {
	e := &engine{
		config: config, handler: handler,
		ending: make(chan struct{}), ended: make(chan struct{}),
	}
	err := e.reserve(addrs)
	for i := 0; err == nil && i < config.Loops; i++ {
		var l *loop
		if l, err = newLoop(e, i); err == nil {
			e.loops = append(e.loops, l)
			err = l.listen(e.places)
		}
	}
	if err != nil {
		return nil, errors.Join(err, e.discard())
	}
	return e, nil
}

func (e *engine) reserve(addrs []string) error {
	if len(addrs) == 0 {
		return errors.New("listen: no address")
	}
	for _, addr := range addrs {
		place, err := listen.Reserve(addr)
		if err != nil {
			return err
		}
		e.places = append(e.places, place)
	}
	return nil
}

// discard frees an engine whose loops have not been started.
func (e *engine) discard() error {
	var errs []error
	for _, l := range e.loops {
		errs = append(errs, l.end())
	}
	close(e.ended)
	return errors.Join(append(errs, e.unreserve())...)
}

func (e *engine) unreserve() error {
	var errs []error
	for _, place := range e.places {
		errs = append(errs, place.Close())
	}
	return errors.Join(errs...)
}

// run starts the loops and waits for their end. The first error of a loop ends
// the others.
func (e *engine) run() error {
	results := make(chan error)
	for _, l := range e.loops {
		go func() { results <- l.run() }()
	}
	ticked := make(chan struct{})
	go func() {
		defer close(ticked)
		if e.config.Ticker {
			e.tick()
		}
	}()
	var errs []error
	for range e.loops {
		err := <-results
		errs = append(errs, err)
		if err != nil {
			e.shutdown()
		}
	}
	e.shutdown() // the ticker, if the loops have ended by themselves
	<-ticked
	close(e.ended)
	return errors.Join(errs...)
}

// tick calls OnTick until the engine ends.
func (e *engine) tick() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.ending:
			return
		case <-timer.C:
		}
		delay, action := e.handler.OnTick()
		if action == Shutdown {
			e.shutdown()
		}
		timer.Reset(delay)
	}
}

// shutdown begins the end. Safe for concurrent use.
func (e *engine) shutdown() {
	e.endOnce.Do(func() {
		close(e.ending)
		for _, l := range e.loops {
			l.mail.post(l.stop)
		}
	})
}

// Validate implements Engine.
func (e *engine) Validate() error {
	select {
	case <-e.ended:
		return ErrEngineInShutdown
	default:
		return nil
	}
}

// CountConnections implements Engine; -1 after the end.
func (e *engine) CountConnections() int {
	if e.Validate() != nil {
		return -1
	}
	n := int64(0)
	for _, l := range e.loops {
		n += l.connections.Load()
	}
	return int(n)
}

// Quiesce implements Quiescer.
func (e *engine) Quiesce(ctx context.Context) error {
	for _, l := range e.loops {
		l.mail.post(l.quiesce)
	}
	for _, l := range e.loops {
		select {
		case <-l.quieted:
		case <-e.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Stop implements Engine. Those who wait to be accepted are accepted first.
// Then all connections are closed, and what was written to them is still sent,
// for as long as Config.Linger allows. A context that ends only ends the wait.
func (e *engine) Stop(ctx context.Context) error {
	if err := e.Validate(); err != nil {
		return err
	}
	e.shutdown()
	select {
	case <-e.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Register implements Engine; not supported yet.
func (e *engine) Register(context.Context) (<-chan RegisteredResult, error) {
	return nil, ErrUnsupportedOp
}

// Dup implements Engine, for an engine with one address.
func (e *engine) Dup() (int, error) {
	if len(e.places) > 1 {
		return -1, ErrUnsupportedOp
	}
	return e.loops[0].listeners[0].dup()
}

// DupListener implements Engine. Of the listeners that share the address it
// duplicates one.
func (e *engine) DupListener(network, addr string) (int, error) {
	for i, place := range e.places {
		if place.Network() == network && place.Addr().String() == addr {
			return e.loops[0].listeners[i].dup()
		}
	}
	return -1, &net.AddrError{Err: "no such listener", Addr: addr}
}

// Addrs implements Introspector.
func (e *engine) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(e.places))
	for i, place := range e.places {
		addrs[i] = place.Addr()
	}
	return addrs
}

// LoopStats implements Introspector.
func (e *engine) LoopStats(ctx context.Context) ([]LoopStats, error) {
	answers := make([]chan LoopStats, len(e.loops))
	for i, l := range e.loops {
		answer := make(chan LoopStats, 1)
		answers[i] = answer
		if !l.mail.post(func() { answer <- l.snapshot() }) {
			answer <- *l.final.Load()
		}
	}
	stats := make([]LoopStats, len(e.loops))
	for i, answer := range answers {
		select {
		case stats[i] = <-answer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return stats, nil
}
