package bench

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// summaryColumns are those of the result.
var summaryColumns = []column{
	{"median", 16, true}, {"unit", 6, true}, {"A", 10, false}, {"B", 10, false},
	{"A/B", 7, false}, {"95 % interval", 16, false},
}

// ComparisonReport writes a comparison for a person to read: method and machine
// first, raw data as they come, the result last.
type ComparisonReport struct {
	p printer
	c Comparison
}

// NewComparisonReport returns a report on a comparison that is about to run.
func NewComparisonReport(w io.Writer, c Comparison) *ComparisonReport {
	return &ComparisonReport{p: printer{w: w}, c: c.withDefaults()}
}

// Err returns the first error of writing.
func (r *ComparisonReport) Err() error { return r.p.err }

// Head writes what is measured, how and on what, and the titles of the raw data.
func (r *ComparisonReport) Head(machine Machine) {
	p, load := &r.p, r.c.Load
	p.linef("A        %s", ShellWords(r.c.A.Command))
	p.linef("B        %s", ShellWords(r.c.B.Command))
	p.method(load.Connections, load.Pipeline, load.Requests)
	p.linef("         %s of A and B in random order, each on a fresh process; %s measured after %s of warm-up",
		formatCount(r.c.Blocks, "block"), formatSeconds(load.Duration), formatSeconds(load.Warmup))
	p.linef("         %s; %s", serverPlace(r.c.ServerCPUs), generatorMode(load.CPUs, load.Spin))
	if r.sharedCPU() {
		p.linef("         NOTE: server and generator share a CPU and disturb each other")
	}
	p.linef("         ratio: mean log ratio of the blocks with Student's 95 %% interval")
	p.linef("         server CPU: the process's CPU clock, read while no request was in flight")
	p.linef("machine  %s", machine)
	p.linef("")
	p.titles(rawColumns())
}

// Raw writes one measurement.
func (r *ComparisonReport) Raw(m Measurement) {
	cells := []string{strconv.Itoa(m.Block), m.Side, m.Engine}
	for _, metric := range Metrics {
		cells = append(cells, formatNumber(metric.Value(m), metric.Decimals))
	}
	r.p.row(rawColumns(), cells...)
}

// Result writes what the finished blocks say, at least one.
func (r *ComparisonReport) Result(blocks []Block) {
	p := &r.p
	p.linef("")
	if len(blocks) < r.c.Blocks {
		p.linef("interrupted: %d of %s done", len(blocks), formatCount(r.c.Blocks, "block"))
	}
	last := blocks[len(blocks)-1]
	p.linef("A ran on %s", describeEngine(last.A))
	p.linef("B ran on %s", describeEngine(last.B))
	p.linef("")
	p.titles(summaryColumns)
	for _, s := range Summarize(blocks) {
		p.row(summaryColumns, s.Metric.Name, s.Metric.Unit, formatNumber(s.A, s.Metric.Decimals),
			formatNumber(s.B, s.Metric.Decimals), formatRatio(s.Ratio), formatInterval(s.Ratio))
	}
	r.noteBottleneck(blocks)
	p.linef("")
}

// noteBottleneck says when the generator and not a server set the pace.
func (r *ComparisonReport) noteBottleneck(blocks []Block) {
	if r.c.Load.Spin {
		return
	}
	busy := 0
	for _, block := range blocks {
		if max(block.A.Result.GeneratorUse, block.B.Result.GeneratorUse) >= busyUse {
			busy++
		}
	}
	if busy > 0 {
		r.p.linef("")
		r.p.linef("The generator was the bottleneck in %d of %s: trust server CPU rather than throughput.",
			busy, formatCount(len(blocks), "block"))
	}
}

// rawColumns are those of the measurements as they come.
func rawColumns() []column {
	columns := []column{{"block", 5, false}, {"side", 4, true}, {"engine", 6, true}}
	for _, metric := range Metrics {
		columns = append(columns, column{metric.Short, max(8, utf8.RuneCountInString(metric.Short)), false})
	}
	return columns
}

// sharedCPU reports whether a server may run on a CPU of the generator.
func (r *ComparisonReport) sharedCPU() bool {
	load, servers := r.c.Load.CPUs, r.c.ServerCPUs
	return len(load) == 0 || len(servers) == 0 ||
		slices.ContainsFunc(servers, func(cpu int) bool { return slices.Contains(load, cpu) })
}

// describeEngine names the engine of a measurement and why it was that one.
func describeEngine(m Measurement) string {
	if m.Engine == "" {
		return "an engine that its status does not name"
	}
	if m.Reason == "" {
		return m.Engine
	}
	return fmt.Sprintf("%s: %s", m.Engine, m.Reason)
}

// serverPlace says where the servers run.
func serverPlace(cpus []int) string {
	if len(cpus) == 0 {
		return "servers not pinned"
	}
	return "servers on CPU " + FormatCPUs(cpus)
}
