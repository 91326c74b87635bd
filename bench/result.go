package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what one run measured. Durations are nanoseconds in JSON.
type Result struct {
	Address     string        `json:"address"`
	Requests    []Request     `json:"requests"`
	Connections int           `json:"connections"`
	Pipeline    int           `json:"pipeline"`
	Warmup      time.Duration `json:"warmup_ns"`
	CPUs        []int         `json:"generator_cpus,omitempty"` // empty: not pinned
	Spin        bool          `json:"spin"`

	Elapsed    time.Duration `json:"elapsed_ns"` // length of the measured window
	Answers    int64         `json:"answers"`    // right answers within it
	Throughput float64       `json:"throughput"` // answers per second
	Latency    Latency       `json:"latency"`
	// GeneratorUse is the part of the window for which the generator's thread
	// was on its CPU: 1 means that it could not have sent more, and always is
	// near 1 when it spins.
	GeneratorUse float64 `json:"generator_use"`
	Interrupted  bool    `json:"interrupted,omitempty"` // the window ended early

	// Histogram holds every latency, in nanoseconds, with three digits.
	Histogram *hdrhistogram.Histogram `json:"-"`
}

// Latency sums up the times from the write of a batch to the arrival of each
// whole answer, as seen by the generator: its own delay in reading is in them.
type Latency struct {
	Min  time.Duration `json:"min_ns"`
	Mean time.Duration `json:"mean_ns"`
	P50  time.Duration `json:"p50_ns"`
	P90  time.Duration `json:"p90_ns"`
	P99  time.Duration `json:"p99_ns"`
	P999 time.Duration `json:"p999_ns"`
	Max  time.Duration `json:"max_ns"`
}

// newResult takes over the histogram.
func newResult(l Load, elapsed, cpu time.Duration, latencies *hdrhistogram.Histogram) Result {
	return Result{
		Address:      l.Address,
		Requests:     l.Requests,
		Connections:  l.Connections,
		Pipeline:     l.Pipeline,
		Warmup:       l.Warmup,
		CPUs:         l.CPUs,
		Spin:         l.Spin,
		Elapsed:      elapsed,
		Answers:      latencies.TotalCount(),
		Throughput:   float64(latencies.TotalCount()) / elapsed.Seconds(),
		Latency:      newLatency(latencies),
		GeneratorUse: cpu.Seconds() / elapsed.Seconds(),
		Histogram:    latencies,
	}
}

// newLatency reads the summary out of a histogram of nanoseconds.
func newLatency(h *hdrhistogram.Histogram) Latency {
	quantile := func(percent float64) time.Duration {
		return time.Duration(h.ValueAtPercentile(percent))
	}
	return Latency{
		Min:  time.Duration(h.Min()),
		Mean: time.Duration(h.Mean()),
		P50:  quantile(50),
		P90:  quantile(90),
		P99:  quantile(99),
		P999: quantile(99.9),
		Max:  time.Duration(h.Max()),
	}
}
