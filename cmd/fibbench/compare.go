package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corering/corering/bench"
)

// compareFlags are the flags of "fibbench compare" beside those of the load.
type compareFlags struct {
	loadFlags
	a, b             string
	expectA, expectB string
	blocks           int
	serverCPUs       string
	seed             uint64
}

// newCompareCommand returns "fibbench compare".
func newCompareCommand() *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare --a COMMAND --b COMMAND",
		Short: "Two servers against each other, in blocks, with a confidence interval",
		Long: `compare starts the commands A and B in turn, each on a fresh process for each run
and pinned to CPUs of its own, puts the same load on them, and reports the ratio
of A to B with its 95 % interval. It adds "--listen line://127.0.0.1:0 --status
PATH" to the commands, learns the address from the status, and fails if the
status names another engine than was asked for.

The same command on both sides is the A/A control: it shows how small a
difference can be seen. Servers inherit the environment.`,
		Example: `  fibbench compare --a 'bin/fibd serve --engine uring' --b 'bin/fibd serve --engine gnet'`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			comparison, err := flags.comparison(cmd)
			if err != nil {
				return err
			}
			return compare(cmd, comparison, flags.words(comparison))
		},
	}
	flags.add(cmd)
	return cmd
}

// add declares the flags.
func (f *compareFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.a, "a", "", "command of server A, with its arguments")
	flags.StringVar(&f.b, "b", "", "command of server B")
	flags.StringVar(&f.expectA, "expect-a", "", "engine that A must run on (default: its own --engine, unless auto)")
	flags.StringVar(&f.expectB, "expect-b", "", "engine that B must run on (default: its own --engine, unless auto)")
	flags.IntVar(&f.blocks, "blocks", 10, "pairs of runs")
	flags.StringVar(&f.serverCPUs, "server-cpus", "0", `CPUs for the servers, such as 0 or 0,2-3; "" does not pin them`)
	flags.Uint64Var(&f.seed, "seed", 0, "decides which side goes first in which block (default random)")
	f.loadFlags.add(cmd, 2*time.Second, 500*time.Millisecond)
}

// comparison turns the flags into a comparison. Errors are of usage.
func (f *compareFlags) comparison(cmd *cobra.Command) (bench.Comparison, error) {
	a, errA := newSide("a", f.a, f.expectA)
	b, errB := newSide("b", f.b, f.expectB)
	load, errLoad := f.load(cmd)
	serverCPUs, errCPUs := bench.ParseCPUs(f.serverCPUs)
	if err := errors.Join(errA, errB, errLoad, errCPUs); err != nil {
		return bench.Comparison{}, err
	}
	if f.blocks == 0 {
		return bench.Comparison{}, errors.New("--blocks must be above zero")
	}
	seed := f.seed
	if !cmd.Flags().Changed("seed") {
		seed = uint64(rand.Uint32()) // short enough to be typed again
	}
	comparison := bench.Comparison{A: a, B: b, Blocks: f.blocks, Seed: seed, ServerCPUs: serverCPUs, Load: load}
	return comparison, comparison.Validate()
}

// newSide reads one side's command and the engine to expect of it.
func newSide(name, command, engine string) (bench.Side, error) {
	words, err := bench.SplitWords(command)
	if err != nil {
		return bench.Side{}, fmt.Errorf("--%s: %w", name, err)
	}
	if len(words) == 0 {
		return bench.Side{}, fmt.Errorf("--%s needs a command", name)
	}
	if engine == "" {
		engine = engineAskedFor(words)
	}
	return bench.Side{Command: words, Engine: engine}, nil
}

// engineAskedFor returns the engine that a command asks for by --engine, or ""
// if it leaves the choice to the server.
func engineAskedFor(words []string) string {
	engine := ""
	for i, word := range words {
		if value, found := strings.CutPrefix(word, "--engine="); found {
			engine = value
		}
		if word == "--engine" && i+1 < len(words) {
			engine = words[i+1]
		}
	}
	if engine == "auto" {
		return ""
	}
	return engine
}

// words returns the command line that repeats the comparison.
func (f *compareFlags) words(c bench.Comparison) []string {
	words := append([]string{os.Args[0], "compare"}, flagWords("a", f.a, "b", f.b)...)
	if f.expectA != "" {
		words = append(words, flagWords("expect-a", f.expectA)...)
	}
	if f.expectB != "" {
		words = append(words, flagWords("expect-b", f.expectB)...)
	}
	words = append(words, flagWords("blocks", c.Blocks, "server-cpus", bench.FormatCPUs(c.ServerCPUs), "seed", c.Seed)...)
	return append(words, f.loadFlags.words(c.Load)...)
}

// compare runs the comparison and reports it.
func compare(cmd *cobra.Command, c bench.Comparison, again []string) error {
	machine, err := bench.ReadMachine("/proc")
	if err != nil {
		return failure{err}
	}
	if err := pinProcess(c.Load.CPUs); err != nil {
		return err
	}
	report := bench.NewComparisonReport(cmd.OutOrStdout(), c)
	progress := newProgress(cmd.ErrOrStderr())
	runs := 0
	c.OnStart = func(block int, side string) {
		rest := time.Duration(2*c.Blocks-runs) * (c.Load.Warmup + c.Load.Duration)
		progress.show("block %d of %d, %s; about %v left", block, c.Blocks, side, rest.Round(time.Second))
		runs++
	}
	c.OnMeasured = func(m bench.Measurement) {
		progress.clear()
		report.Raw(m)
	}
	report.Head(machine)
	blocks, err := c.Run(cmd.Context())
	progress.clear()
	if err != nil {
		return failure{err}
	}
	report.Result(blocks)
	fmt.Fprintf(cmd.OutOrStdout(), "again    %s\n", bench.ShellWords(again))
	if err := report.Err(); err != nil {
		return failure{err}
	}
	return nil
}
