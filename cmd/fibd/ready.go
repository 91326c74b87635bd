package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/corering/corering/cpuaffinity"
	"github.com/corering/corering/uring"
)

// ready notes what the engine came to and tells the world: in one line for
// people, and with JSON logs in one for programs, whatever the log level.
func (s *service) ready(engine uring.Engine, stdout io.Writer) {
	s.engine, s.introspector, s.started = engine, engine.(uring.Introspector), time.Now()
	for i, addr := range s.introspector.Addrs() {
		s.urls = append(s.urls, s.options.listen[i].bound(addr))
	}
	if s.socket != nil {
		s.socket.Serve(s.status)
	}
	fmt.Fprintln(stdout, s.banner())
	if s.options.logFormat == formatJSON {
		s.announcer.Info("ready", "version", version, "engine", s.plan.choice.Engine,
			"engine_reason", s.plan.choice.Reason, "pid", os.Getpid(), "addresses", s.urls,
			"io_cpus", s.plan.ioCPUs, "gomaxprocs", runtime.GOMAXPROCS(0), "max_conns", s.plan.maxConns)
	}
}

// banner returns the line for people.
func (s *service) banner() string {
	cpus := "CPU"
	if len(s.plan.ioCPUs) > 1 {
		cpus = "CPUs"
	}
	return fmt.Sprintf("fibd %s ready: engine %s (%s), %s, loops on %s %v", version,
		s.plan.choice.Engine, s.plan.choice.Reason, strings.Join(s.urls, " "),
		cpus, cpuaffinity.SetOf(s.plan.ioCPUs...))
}
