package bench

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	testMachine = Machine{Kernel: "6.18.44", CPUModel: "Some CPU", CPUs: 2, Go: "go1.26.8"}
	testLoad    = Load{Connections: 64, CPUs: []int{1}, Warmup: 500 * time.Millisecond, Duration: 2 * time.Second}
)

// testMeasurement returns a made-up measurement of some speed.
func testMeasurement(side string, perSecond int64) Measurement {
	m := Measurement{Block: 1, Side: side, Engine: "gnet", Reason: "asked for"}
	m.Result = Result{
		Address:      "line://127.0.0.1:4000",
		Requests:     []Request{Line("1", "1")},
		Connections:  64,
		Pipeline:     1,
		Warmup:       testLoad.Warmup,
		CPUs:         []int{1},
		Elapsed:      2 * time.Second,
		Answers:      2 * perSecond,
		Throughput:   float64(perSecond),
		GeneratorUse: 0.871,
		Latency: Latency{Min: 9 * time.Microsecond, Mean: 600 * time.Microsecond, P50: 612345, P90: 900_000,
			P99: 2_000_100, P999: 3 * time.Millisecond, Max: 10 * time.Millisecond},
	}
	m.Usage = Usage{CPU: 1800 * time.Millisecond, Voluntary: perSecond / 50, RSS: 8 << 20}
	if side == "A" {
		m.Engine = "uring"
		m.Counters = Counters{Enters: uint64(perSecond) / 10, Receives: 64, Sends: uint64(2 * perSecond)}
	}
	return m
}

func TestWriteResult_ForAPerson(t *testing.T) {
	var out strings.Builder
	require.NoError(t, WriteResult(&out, testMachine, testMeasurement("A", 81_234).Result))
	require.Equal(t, `server   line://127.0.0.1:4000
method   closed loop, 64 connections, one request in flight on each
         request "1\n", every answer compared with "1\n"
         2 s measured after 0.5 s of warm-up; generator on CPU 1, sleeps between answers
machine  Linux 6.18.44, Some CPU, 2 CPUs, go1.26.8

answers     162,468, all right
throughput  81,234 req/s
latency           min       mean        p50        p90        p99      p99.9        max
  in µs           9.0      600.0      612.3      900.0    2,000.1    3,000.0   10,000.0
generator   used 87 % of its CPU
`, out.String())
}

func TestWriteResult_SaysWhatIsUnusual(t *testing.T) {
	r := testMeasurement("A", 1).Result
	r.Interrupted, r.GeneratorUse, r.Pipeline, r.CPUs = true, 0.99, 16, nil
	r.Requests = append(r.Requests, Line("30", "832040"))
	var out strings.Builder
	require.NoError(t, WriteResult(&out, testMachine, r))
	for _, text := range []string{
		"each writes 16 requests at once and waits for all of their answers",
		`2 requests in turn, from "1\n" to "30\n"`,
		"generator not pinned",
		"interrupted: ",
		"it was the bottleneck",
	} {
		require.Contains(t, out.String(), text)
	}
	r.Spin = true
	out.Reset()
	require.NoError(t, WriteResult(&out, testMachine, r))
	require.Contains(t, out.String(), "never sleeps")
	require.NotContains(t, out.String(), "bottleneck", "a spinning generator always uses its CPU")
}

func TestComparisonReport_ForAPerson(t *testing.T) {
	c := Comparison{
		A:          Side{Command: []string{"bin/fibd", "serve", "--engine", "uring"}},
		B:          Side{Command: []string{"bin/fibd", "serve", "--engine", "gnet"}},
		Blocks:     3,
		ServerCPUs: []int{0},
		Load:       testLoad,
	}
	blocks := []Block{
		{testMeasurement("A", 80_000), testMeasurement("B", 64_000)},
		{testMeasurement("A", 84_000), testMeasurement("B", 65_000)},
	}
	var out strings.Builder
	report := NewComparisonReport(&out, c)
	report.Head(testMachine)
	report.Raw(blocks[0].A)
	report.Raw(blocks[0].B)
	report.Result(blocks)
	require.NoError(t, report.Err())
	require.Equal(t, `A        bin/fibd serve --engine uring
B        bin/fibd serve --engine gnet
method   closed loop, 64 connections, one request in flight on each
         request "1\n", every answer compared with "1\n"
         3 blocks of A and B in random order, each on a fresh process; 2 s measured after 0.5 s of warm-up
         servers on CPU 0; generator on CPU 1, sleeps between answers
         ratio: mean log ratio of the blocks with Student's 95 % interval
         server CPU: the process's CPU clock, read while no request was in flight
machine  Linux 6.18.44, Some CPU, 2 CPUs, go1.26.8

block  side  engine     req/s  CPU µs/req    p50 µs    p99 µs  switch/req  enter/req  recv/req  send/req   RSS MiB  server use   gen use
    1  A     uring     80,000      11.250     612.3   2,000.1      0.0100     0.0500    0.0004    1.0000       8.0        0.90      0.87
    1  B     gnet      64,000      14.062     612.3   2,000.1      0.0100          -         -         -       8.0        0.90      0.87

interrupted: 2 of 3 blocks done
A ran on uring: asked for
B ran on gnet: asked for

median            unit             A           B      A/B     95 % interval
throughput        req/s       82,000      64,500    1.271    1.029 to 1.570
server CPU        µs/req      10.982      13.954    0.787    0.637 to 0.972
latency p50       µs           612.3       612.3    1.000    1.000 to 1.000
latency p99       µs         2,000.1     2,000.1    1.000    1.000 to 1.000
context switches  1/req       0.0100      0.0100    1.000    1.000 to 1.000
ring enters       1/req       0.0500           -        -                 -
receive SQEs      1/req       0.0004           -        -                 -
send SQEs         1/req       1.0000           -        -                 -
server memory     MiB            8.0         8.0    1.000    1.000 to 1.000
server use        CPUs          0.90        0.90        -                 -
generator use     CPUs          0.87        0.87        -                 -

`, out.String())
}

func TestComparisonReport_Notes(t *testing.T) {
	block := Block{testMeasurement("A", 80_000), testMeasurement("B", 64_000)}
	block.A.Result.GeneratorUse = 0.97
	block.B.Engine, block.B.Reason = "", ""
	c := Comparison{Blocks: 1, ServerCPUs: []int{0, 1}, Load: testLoad}
	var out strings.Builder
	report := NewComparisonReport(&out, c)
	report.Head(testMachine)
	report.Result([]Block{block})
	require.Contains(t, out.String(), "NOTE: server and generator share a CPU")
	require.Contains(t, out.String(), "B ran on an engine that its status does not name")
	require.Contains(t, out.String(), "The generator was the bottleneck in 1 of 1 block:")
	require.NotContains(t, out.String(), "interrupted")
}

// brokenPipe is a writer that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken pipe")

func TestReports_WriteError(t *testing.T) {
	require.ErrorIs(t, WriteResult(brokenPipe{}, testMachine, testMeasurement("A", 1).Result), errBroken)
	report := NewComparisonReport(brokenPipe{}, Comparison{})
	report.Head(testMachine)
	require.ErrorIs(t, report.Err(), errBroken)
}

func TestSummarize_KnowsRingFiguresOnlyOfRings(t *testing.T) {
	blocks := []Block{{testMeasurement("A", 80_000), testMeasurement("A", 40_000)}}
	blocks[0].A.Counters.Receives = 0 // armed once, before the window
	for _, s := range Summarize(blocks) {
		switch s.Metric.Name {
		case "receive SQEs":
			require.Zero(t, s.A, "none is a figure")
			require.Equal(t, "-", formatRatio(s.Ratio))
		case "send SQEs":
			require.InDelta(t, 1, s.Ratio.Estimate, 1e-12)
		case "server use":
			require.Equal(t, "-", formatRatio(s.Ratio), "not a matter of better or worse")
		}
	}
}
