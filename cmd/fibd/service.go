package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/corering/corering/internal/admin"
	"github.com/corering/corering/internal/backend"
	"github.com/corering/corering/internal/fibserver"
	"github.com/corering/corering/internal/listen"
	"github.com/corering/corering/uring"
)

// A service is one run of the server. Its fields belong to the main goroutine;
// those that the status socket reads are set before that begins to answer.
type service struct {
	options   *options
	plan      plan
	logger    *slog.Logger
	announcer *slog.Logger // for what is said whatever the log level

	server   *fibserver.Server
	executor *fibserver.Goroutines
	socket   *admin.Server // nil without --status

	signals chan os.Signal
	booted  chan uring.Engine // gets the engine once it listens
	ended   chan error        // gets what the engine has ended with

	engine       uring.Engine
	introspector uring.Introspector // the same engine
	urls         []string           // where it listens
	started      time.Time
}

// serve runs the server with these options until it is stopped.
func serve(o *options, stdout, stderr io.Writer) error {
	p, err := newPlan(o)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(p.maxProcs)
	s, err := newService(o, p, stderr)
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(stdout)
}

func newService(o *options, p plan, stderr io.Writer) (*service, error) {
	logger := newLogger(o.logFormat, o.logLevel, stderr)
	s := &service{
		options: o, plan: p, logger: logger,
		announcer: newLogger(o.logFormat, "info", stderr),
		signals:   make(chan os.Signal, 2),
		booted:    make(chan uring.Engine, 1),
		ended:     make(chan error, 1),
	}
	var err error
	if o.status != "" {
		if s.socket, err = admin.Listen(o.status, logger); err != nil {
			return nil, err
		}
	}
	s.executor = fibserver.NewGoroutines(p.workers)
	config := fibserver.Config{
		Modes: o.modes(), Algorithm: o.algo, Inline: o.inline, Deadline: o.deadline,
		MaxConns: p.maxConns, MaxInflight: o.maxInflight, MaxLine: o.maxLine,
		IdleTimeout: o.idleTimeout, HalfClose: o.halfClose,
		Executor: s.executor, Logger: logger,
	}
	if o.inline == 0 {
		config.Inline = -1 // zero would be the default
	}
	if s.server, err = fibserver.New(config); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close frees what newService has taken, once the engine has ended.
func (s *service) close() {
	s.executor.Close()
	if s.socket == nil {
		return
	}
	if err := s.socket.Close(); err != nil {
		s.logger.Warn("status socket is left behind", "error", err)
	}
}

// run starts the engine, tells that it is ready, and waits for a signal or the
// engine's end.
func (s *service) run(stdout io.Writer) error {
	signal.Notify(s.signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(s.signals)
	signal.Ignore(syscall.SIGPIPE) // clients are not to suffer when nobody reads the log any more
	s.warn()
	go func() {
		s.ended <- backend.Rotate(s.plan.choice, &bootHook{s.server, s.booted}, s.options.engineAddrs(),
			backend.Settings{CPUs: s.plan.ioCPUs, BusyPoll: s.options.busyPoll, Logger: s.logger})
	}()
	select {
	case err := <-s.ended:
		return s.options.startError(err)
	case engine := <-s.booted:
		s.ready(engine, stdout)
	}
	select {
	case err := <-s.ended:
		return endError(err)
	case sig := <-s.signals:
		return s.stop(sig)
	}
}

// warn logs what the operator may not expect.
func (s *service) warn() {
	if s.plan.choice.Remedy != "" {
		s.logger.Warn("io_uring is refused, serving with epoll",
			"reason", s.plan.choice.Reason, "remedy", s.plan.choice.Remedy)
	}
	if s.plan.choice.Engine == backend.Gnet && s.options.busyPoll > 0 {
		s.logger.Warn("--busy-poll does nothing with engine gnet")
	}
}

// startError says why an engine has not started. It names addresses as the user
// did: an engine knows no schemes but its own.
func (o *options) startError(err error) error {
	if e, ok := errors.AsType[*listen.Error](err); ok {
		for _, a := range o.listen {
			if a.engineAddr() == e.Addr {
				err = &listen.Error{Addr: a.String(), Err: e.Err}
			}
		}
	}
	switch {
	case err == nil:
		return errors.New("start engine: it has ended before it was ready")
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: is another server running, or is it given twice? --listen takes other addresses", err)
	}
	return err
}

// endError says that an engine that was serving has ended by itself.
func endError(err error) error {
	if err == nil {
		err = errors.New("no reason given")
	}
	return &cut{fmt.Errorf("engine has ended: %w", err)}
}
