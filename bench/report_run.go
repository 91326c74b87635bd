package bench

import (
	"fmt"
	"io"
)

// busyUse is the share of its CPU from which on the generator may have held the
// server back.
const busyUse = 0.95

// WriteResult writes one run for a person to read.
func WriteResult(w io.Writer, machine Machine, r Result) error {
	p := &printer{w: w}
	p.linef("server   %s", r.Address)
	p.method(r.Connections, r.Pipeline, r.Requests)
	p.linef("         %s measured after %s of warm-up; %s",
		formatSeconds(r.Elapsed), formatSeconds(r.Warmup), generatorMode(r.CPUs, r.Spin))
	p.linef("machine  %s", machine)
	p.linef("")
	if r.Interrupted {
		p.linef("interrupted: the measured time is shorter than asked for")
	}
	p.linef("answers     %s, all right", formatNumber(float64(r.Answers), 0))
	p.linef("throughput  %s req/s", formatNumber(r.Throughput, 0))
	p.latency(r.Latency)
	p.linef("generator   used %s %% of its CPU", formatNumber(100*r.GeneratorUse, 0))
	if r.GeneratorUse >= busyUse && !r.Spin {
		p.linef("            it was the bottleneck: the server could do more")
	}
	return p.err
}

// method writes what the load was.
func (p *printer) method(connections, pipeline int, requests []Request) {
	inFlight := "one request in flight on each"
	if pipeline > 1 {
		inFlight = fmt.Sprintf("each writes %d requests at once and waits for all of their answers", pipeline)
	}
	p.linef("method   closed loop, %s, %s", formatCount(connections, "connection"), inFlight)
	p.linef("         %s", describeRequests(requests))
}

// latency writes the summary of a histogram as a small table.
func (p *printer) latency(l Latency) {
	columns := []column{{title: "latency", width: 10, left: true}}
	for _, title := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"} {
		columns = append(columns, column{title: title, width: 9})
	}
	p.titles(columns)
	p.row(columns, "  in µs", formatMicros(l.Min), formatMicros(l.Mean), formatMicros(l.P50),
		formatMicros(l.P90), formatMicros(l.P99), formatMicros(l.P999), formatMicros(l.Max))
}

// describeRequests names the cycle of requests, in full while it is short.
func describeRequests(requests []Request) string {
	if len(requests) == 1 {
		return fmt.Sprintf("request %q, every answer compared with %q", requests[0].Send, requests[0].Expect)
	}
	return fmt.Sprintf("%d requests in turn, from %q to %q, every answer compared with its own",
		len(requests), requests[0].Send, requests[len(requests)-1].Send)
}

// generatorMode says where and how the generator runs.
func generatorMode(cpus []int, spin bool) string {
	place, wait := "not pinned", "sleeps between answers"
	if len(cpus) > 0 {
		place = "on CPU " + FormatCPUs(cpus)
	}
	if spin {
		wait = "never sleeps"
	}
	return "generator " + place + ", " + wait
}
