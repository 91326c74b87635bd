package main

import (
	"errors"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/corering/corering/bench"
)

// loadFlags are the flags that describe the load, as they were given.
type loadFlags struct {
	connections int
	pipeline    int
	requests    []string
	expects     []string
	duration    time.Duration
	warmup      time.Duration
	timeout     time.Duration
	cpu         string
	spin        bool
}

// add declares the flags. The lengths of time have defaults of the command.
func (f *loadFlags) add(cmd *cobra.Command, duration, warmup time.Duration) {
	flags := cmd.Flags()
	flags.IntVar(&f.connections, "connections", 64, "number of connections")
	flags.IntVar(&f.pipeline, "pipeline", 1, "requests that a connection writes at once before it waits for the answers")
	flags.StringArrayVar(&f.requests, "request", []string{"1"}, "request line; several are sent in turn")
	flags.StringArrayVar(&f.expects, "expect", []string{"1"}, "answer line that must come back, one for each --request")
	flags.DurationVar(&f.duration, "duration", duration, "measured time")
	flags.DurationVar(&f.warmup, "warmup", warmup, "time under load before that")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "longest wait for a connection or an answer")
	flags.StringVar(&f.cpu, "cpu", "1", `CPUs for the load generator, such as 1 or 2-3; "" does not pin it`)
	flags.BoolVar(&f.spin, "spin", false, "look for answers without sleeping, for round trips on few connections")
}

// load turns the flags into a load without an address. Errors are of usage.
func (f *loadFlags) load(cmd *cobra.Command) (bench.Load, error) {
	// A default answer to somebody else's request would only be wrong.
	if cmd.Flags().Changed("request") && !cmd.Flags().Changed("expect") {
		return bench.Load{}, errors.New("--request needs --expect: what is the right answer?")
	}
	if len(f.requests) != len(f.expects) {
		return bench.Load{}, errors.New("--expect must be given once for each --request")
	}
	cpus, err := bench.ParseCPUs(f.cpu)
	if err != nil {
		return bench.Load{}, err
	}
	requests := make([]bench.Request, len(f.requests))
	for i := range requests {
		requests[i] = bench.Line(f.requests[i], f.expects[i])
	}
	load := bench.Load{
		Requests:    requests,
		Connections: f.connections,
		Pipeline:    f.pipeline,
		Duration:    f.duration,
		Warmup:      f.warmup,
		Timeout:     f.timeout,
		CPUs:        cpus,
		Spin:        f.spin,
	}
	return load, f.validate(load)
}

// validate refuses zeros, which the library would take for its own defaults.
func (f *loadFlags) validate(load bench.Load) error {
	if f.connections == 0 || f.pipeline == 0 || f.duration == 0 || f.timeout == 0 {
		return errors.New("--connections, --pipeline, --duration and --timeout must be above zero")
	}
	return load.Validate()
}

// words returns the flags that make the same load again.
func (f *loadFlags) words(load bench.Load) []string {
	words := flagWords("connections", load.Connections, "pipeline", load.Pipeline)
	for i := range f.requests {
		words = append(words, flagWords("request", f.requests[i], "expect", f.expects[i])...)
	}
	words = append(words, flagWords("duration", load.Duration, "warmup", load.Warmup,
		"timeout", load.Timeout, "cpu", bench.FormatCPUs(load.CPUs))...)
	if load.Spin {
		words = append(words, "--spin")
	}
	return words
}

// pinProcess keeps all of this program on the generator's CPUs, off those of
// the servers. Two Ps leave the generator one of its own; saying so keeps the
// runtime from following the affinity mask in the middle of a run.
func pinProcess(cpus []int) error {
	runtime.GOMAXPROCS(2)
	if len(cpus) == 0 {
		return nil
	}
	return bench.PinProcess(cpus)
}
