package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/corering/corering/cpuaffinity"
	"github.com/corering/corering/gnetsrv"
	"github.com/corering/corering/internal/backend"
)

// A plan is what the options come to on this machine. Making one changes
// nothing.
type plan struct {
	choice   backend.Choice
	ioCPUs   []int // one loop each
	workers  int   // goroutines that compute what is too long for a loop
	maxProcs int   // GOMAXPROCS
	maxConns int
}

func newPlan(o *options) (plan, error) {
	allowed, err := cpuaffinity.Allowed()
	if err != nil {
		return plan{}, err
	}
	p := plan{workers: allowed.Len()}
	if p.ioCPUs, err = cpuaffinity.Choose(o.ioCores, allowed); err != nil {
		return plan{}, fmt.Errorf("--io-cores: %w", err)
	}
	p.maxProcs = procs(len(p.ioCPUs), p.workers, os.Getenv)
	limit, err := descriptorLimit()
	if err != nil {
		return plan{}, err
	}
	// Before an engine is tried, which would not say what to do about too few.
	keep := reserved(len(p.ioCPUs), len(o.listen))
	if p.maxConns, err = connsFor(o.maxConns, limit, keep); err != nil {
		return plan{}, err
	}
	if p.choice, err = backend.Pick(o.engine); err != nil {
		return plan{}, err
	}
	if p.choice.Engine == backend.Gnet {
		keep += gnetsrv.SpareDescriptors(len(p.ioCPUs))
		p.maxConns, err = connsFor(o.maxConns, limit, keep)
	}
	return p, err
}

// procs returns the number of goroutines that may run at once, GOMAXPROCS, or
// what it is already where the environment has set it. Left alone, Go takes the
// number of allowed CPUs. That is too few: a loop that returns from the kernel
// would wait until a worker is preempted, which takes 10 ms, or until the garbage
// collector is done. So there is one for each loop, one for each worker and one
// for all the rest, and the kernel shares the CPUs among them.
func procs(loops, workers int, getenv func(string) string) int {
	if getenv("GOMAXPROCS") != "" {
		return runtime.GOMAXPROCS(0)
	}
	return loops + workers + 1
}
