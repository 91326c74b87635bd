package bench

import (
	"math"
	"time"
)

// Metric is one figure that a Measurement yields.
type Metric struct {
	Name  string
	Unit  string
	Short string // name and unit in a few characters
	// Decimals is the number of digits after the point that make sense.
	Decimals int
	// Compared is whether the ratio of A to B says something about the servers.
	Compared bool
	value    func(Measurement) float64
}

// Metrics are the figures of a comparison in the order of its report.
var Metrics = []Metric{
	{"throughput", "req/s", "req/s", 0, true, func(m Measurement) float64 { return m.Result.Throughput }},
	{"server CPU", "µs/req", "CPU µs/req", 3, true, func(m Measurement) float64 { return m.perRequest(micros(m.Usage.CPU)) }},
	{"latency p50", "µs", "p50 µs", 1, true, func(m Measurement) float64 { return micros(m.Result.Latency.P50) }},
	{"latency p99", "µs", "p99 µs", 1, true, func(m Measurement) float64 { return micros(m.Result.Latency.P99) }},
	{"context switches", "1/req", "switch/req", 4, true, func(m Measurement) float64 {
		return m.perRequest(float64(m.Usage.Voluntary + m.Usage.Involuntary))
	}},
	{"ring enters", "1/req", "enter/req", 4, true, func(m Measurement) float64 { return m.perRingRequest(m.Counters.Enters) }},
	{"receive SQEs", "1/req", "recv/req", 4, true, func(m Measurement) float64 { return m.perRingRequest(m.Counters.Receives) }},
	{"send SQEs", "1/req", "send/req", 4, true, func(m Measurement) float64 { return m.perRingRequest(m.Counters.Sends) }},
	{"server memory", "MiB", "RSS MiB", 1, true, func(m Measurement) float64 { return float64(m.Usage.RSS) / (1 << 20) }},
	{"server use", "CPUs", "server use", 2, false, func(m Measurement) float64 { return m.Usage.CPU.Seconds() / m.Result.Elapsed.Seconds() }},
	{"generator use", "CPUs", "gen use", 2, false, func(m Measurement) float64 { return m.Result.GeneratorUse }},
}

// Value returns the figure, or NaN where it is not known.
func (metric Metric) Value(m Measurement) float64 { return metric.value(m) }

// perRequest divides by the number of requests in the window.
func (m Measurement) perRequest(total float64) float64 { return total / float64(m.Result.Answers) }

// perRingRequest is perRequest for what only a ring counts. A server that has
// not entered a ring at all has none; its zeros mean nothing.
func (m Measurement) perRingRequest(count uint64) float64 {
	if m.Counters.Enters == 0 {
		return math.NaN()
	}
	return m.perRequest(float64(count))
}

// micros returns a duration in microseconds.
func micros(d time.Duration) float64 { return d.Seconds() * 1e6 }

// Summary is one line of a comparison's result.
type Summary struct {
	Metric Metric
	A, B   float64 // medians over the blocks, NaN where not known
	Ratio  Ratio   // of A to B
}

// Summarize works out every metric over the blocks.
func Summarize(blocks []Block) []Summary {
	summaries := make([]Summary, 0, len(Metrics))
	for _, metric := range Metrics {
		var a, b []float64
		for _, block := range blocks {
			a = append(a, metric.value(block.A))
			b = append(b, metric.value(block.B))
		}
		s := Summary{Metric: metric, A: Median(a), B: Median(b), Ratio: PairedRatio(nil, nil)}
		if metric.Compared {
			s.Ratio = PairedRatio(a, b)
		}
		summaries = append(summaries, s)
	}
	return summaries
}
