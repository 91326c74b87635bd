package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/corering/corering/uring"
)

const (
	// abortGrace is how long clients have to take the news of an abort.
	abortGrace = time.Second
	// stopGrace is how long an engine may take to stop. It is longer than
	// engines linger on connections whose peers are slow to read.
	stopGrace = 5 * time.Second
)

// stop drains the server and stops the engine. It returns nil if every answer
// that was due has left.
func (s *service) stop(sig os.Signal) error {
	s.logger.Info("draining", "signal", sig.String(), "connections", s.engine.CountConnections(),
		"at_most", s.options.drain.String())
	s.quiesce()
	s.server.Drain()
	if err := s.waitDrained(); err != nil {
		s.abort()
		return &cut{err}
	}
	if err := s.stopEngine(stopGrace); err != nil {
		return &cut{err}
	}
	s.logger.Info("stopped")
	return nil
}

// quiesce lets in who waits, and then nobody, so that a balancer sees a closed
// port instead of a server that hangs up. gnet goes on listening, and the server
// tells who comes that it is stopping.
func (s *service) quiesce() {
	engine, ok := s.engine.(uring.Quiescer)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := engine.Quiesce(ctx); err != nil {
		s.logger.Warn("the engine goes on listening", "error", err)
	}
}

// waitDrained waits for the end of the drain, or says what came before it.
func (s *service) waitDrained() error {
	timer := time.NewTimer(s.options.drain)
	defer timer.Stop()
	select {
	case <-s.server.Drained():
		return nil
	default: // so that without a connection even a drain of 0 is complete
	}
	select {
	case <-s.server.Drained():
		return nil
	case <-timer.C:
		return fmt.Errorf("drain cut short after %v: %s", s.options.drain, s.unfinished())
	case sig := <-s.signals:
		return fmt.Errorf("drain cut short by a second signal, %v: %s", sig, s.unfinished())
	case err := <-s.ended:
		s.ended <- err // for stopEngine
		return errors.New("drain cut short by the engine's end")
	}
}

// unfinished says what the drain leaves behind.
func (s *service) unfinished() string {
	now := s.server.Snapshot()
	return fmt.Sprintf("%d connections open, %d requests unanswered", now.Connections, now.Inflight)
}

// abort stops at once: clients who wait are told, and nobody waits for them for
// long. From here on another signal kills the process.
func (s *service) abort() {
	signal.Stop(s.signals)
	s.server.Abort()
	select {
	case <-s.server.Drained():
	case <-time.After(abortGrace):
	}
	// An engine cannot be forced to leave slow clients; the end of the process can.
	if err := s.stopEngine(abortGrace); err != nil {
		s.logger.Debug("engine is left as it is", "error", err)
	}
}

// errCutOff means that connections were closed with answers unsent.
var errCutOff = errors.New("clients who were slow to read have been cut off")

// stopEngine stops the engine and waits for its end. What has been written is
// still sent, until the grace is over or another signal comes.
func (s *service) stopEngine(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	go func() {
		select {
		case <-s.signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	stopErr := s.engine.Stop(ctx)
	select {
	case err := <-s.ended:
		if err == nil && ctx.Err() != nil && errors.Is(stopErr, ctx.Err()) {
			return errCutOff
		}
		return err
	case <-time.After(grace):
		return errors.Join(errors.New("stop engine: it does not end"), stopErr)
	}
}
