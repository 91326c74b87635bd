package bench

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/corering/corering/bench/benchtest"
)

// short is a load that is measured for as long as tests can afford.
func short(address string) Load {
	return Load{Address: address, Warmup: 5 * time.Millisecond, Duration: 20 * time.Millisecond}
}

// requireSameDescriptors fails the test if it ends with other descriptors than
// it has now.
func requireSameDescriptors(t *testing.T) {
	t.Helper()
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	// The runtime opens its poller with the first file that needs it.
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, errors.Join(r.Close(), w.Close()))
	before := count()
	t.Cleanup(func() { require.Equal(t, before, count(), "descriptors leaked") })
}

func TestLoad_MeasuresAGoodServer(t *testing.T) {
	tests := []struct {
		name string
		load Load
	}{
		{"defaults", Load{}},
		{"many connections", Load{Connections: 100}},
		{"pipelined", Load{Connections: 3, Pipeline: 16}},
		{"cycle of requests", Load{Connections: 3, Pipeline: 2, Requests: []Request{Line("1", "1"), Line("10", "10"), Line("", "")}}},
		{"spinning", Load{Spin: true}},
		{"no warm-up", Load{Warmup: -1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requireSameDescriptors(t)
			load := short("line://" + benchtest.Listen(t, benchtest.Answer(benchtest.Echo)))
			load.Connections, load.Pipeline = test.load.Connections, test.load.Pipeline
			load.Requests, load.Spin = test.load.Requests, test.load.Spin
			load.Warmup = max(0, load.Warmup+10*test.load.Warmup)
			result, err := load.Run(t.Context())
			require.NoError(t, err)
			require.Positive(t, result.Answers)
			require.Equal(t, result.Answers, result.Histogram.TotalCount())
			require.InDelta(t, float64(result.Answers)/result.Elapsed.Seconds(), result.Throughput, 1)
			require.GreaterOrEqual(t, result.Elapsed, load.Duration)
			require.Positive(t, result.GeneratorUse)
			require.False(t, result.Interrupted)
			require.Equal(t, test.load.Spin, result.Spin)
			l := result.Latency
			require.IsNonDecreasing(t, []time.Duration{l.Min, l.P50, l.P90, l.P99, l.P999, l.Max})
			require.Positive(t, l.Min)
		})
	}
}

func TestLoad_OverIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 loopback:", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err == nil {
			benchtest.Answer(benchtest.Echo)(conn)
			conn.Close()
		}
	}()
	_, err = short(listener.Addr().String()).Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	<-done
}

func TestLoad_WritesBatchesLargerThanTheSocketTakes(t *testing.T) {
	long := strings.Repeat("7", 60_000)
	load := short(benchtest.Listen(t, benchtest.Answer(benchtest.Echo)))
	load.Requests, load.Pipeline = []Request{Line(long, long)}, 400 // 24 MB in one batch
	result, err := load.Run(t.Context())
	require.NoError(t, err)
	require.Zero(t, result.Answers%400)
}

func TestLoad_BadServersFailTheRun(t *testing.T) {
	requireSameDescriptors(t)
	requests := []Request{Line("10", "10"), Line("20", "20"), Line("30", "30")}
	var answered atomic.Int64
	tests := []struct {
		name   string
		handle func(net.Conn)
		is     error
	}{
		{"wrong answer", benchtest.Answer(func(line string) string {
			if answered.Add(1) == 50 {
				return "11\n"
			}
			return line
		}), ErrWrongAnswer},
		{"out of order", swapping, ErrReordered},
		{"answers twice", benchtest.Answer(func(line string) string { return line + line }), ErrWrongAnswer},
		{"swallows one", benchtest.Answer(func(line string) string {
			if line == "20\n" {
				return ""
			}
			return line
		}), ErrReordered},
		{"swallows the last", benchtest.Answer(func(line string) string {
			if line == "30\n" {
				return ""
			}
			return line
		}), ErrNoAnswer},
		{"stalls", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, ErrNoAnswer},
		{"closes", func(conn net.Conn) { _, _ = bufio.NewReader(conn).ReadString('\n') }, ErrClosed},
		{"closes at once", func(net.Conn) {}, ErrClosed},
		{"resets", func(conn net.Conn) {
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_ = conn.(*net.TCPConn).SetLinger(0)
		}, ErrClosed},
		{"refuses with a line", func(conn net.Conn) { _, _ = io.WriteString(conn, "[Error] server is full\n") }, errRefused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			load := short(benchtest.Listen(t, test.handle))
			load.Requests, load.Pipeline, load.Timeout = requests, 3, 200*time.Millisecond
			load.Duration = time.Hour // ended by the error
			_, err := load.Run(t.Context())
			if test.is == errRefused {
				require.ErrorContains(t, err, "server is full")
				return
			}
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, "connection 1 of 1")
		})
	}
}

// errRefused stands for either error to which a refusal leads: the line comes
// before the first request or in place of its answer.
var errRefused = errors.New("refused with a line")

// swapping answers lines in pairs, the second one first.
func swapping(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		first, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		second, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := io.WriteString(conn, second+first); err != nil {
			return
		}
	}
}

func TestLoad_NoticesSurplusAnswersAtTheEdge(t *testing.T) {
	requireSameDescriptors(t)
	// Every request looks the same, so that only the count gives it away.
	load := short(benchtest.Listen(t, benchtest.Answer(func(line string) string { return line + line })))
	load.Duration = time.Millisecond
	_, err := load.Run(t.Context())
	require.ErrorIs(t, err, ErrUnasked)
}

func TestLoad_NobodyListens(t *testing.T) {
	requireSameDescriptors(t)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = short(listener.Addr().String()).Run(t.Context())
	require.ErrorIs(t, err, unix.ECONNREFUSED)
	require.ErrorContains(t, err, listener.Addr().String())
}

func TestLoad_NothingIsInFlightAtTheEdges(t *testing.T) {
	var asked atomic.Int64
	load := short(benchtest.Listen(t, benchtest.Answer(func(line string) string {
		asked.Add(1)
		return line
	})))
	load.Connections, load.Pipeline = 8, 4
	var before, after int64
	load.WindowBegin = func() error { before = asked.Load(); return nil }
	load.WindowEnd = func() error { after = asked.Load(); return nil }
	result, err := load.Run(t.Context())
	require.NoError(t, err)
	require.Positive(t, before, "the warm-up was under load")
	require.Equal(t, after-before, result.Answers)
}

func TestLoad_HookErrorEndsTheRun(t *testing.T) {
	requireSameDescriptors(t)
	address := benchtest.Listen(t, benchtest.Answer(benchtest.Echo))
	refuse := func() error { return io.ErrUnexpectedEOF }
	for _, load := range []Load{{WindowBegin: refuse}, {WindowEnd: refuse}} {
		load.Address, load.Duration = address, time.Millisecond
		_, err := load.Run(t.Context())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func TestLoad_InterruptedWithinTheWindow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var measuring atomic.Bool
	var measured atomic.Int64
	load := short(benchtest.Listen(t, benchtest.Answer(func(line string) string {
		if measuring.Load() && measured.Add(1) == 100 {
			cancel()
		}
		return line
	})))
	load.Duration = time.Hour
	load.WindowBegin = func() error { measuring.Store(true); return nil }
	result, err := load.Run(ctx)
	require.NoError(t, err)
	require.True(t, result.Interrupted)
	require.GreaterOrEqual(t, result.Answers, int64(100))
	require.Less(t, result.Elapsed, load.Duration)
}

func TestLoad_InterruptedBeforeTheWindow(t *testing.T) {
	requireSameDescriptors(t)
	ctx, cancel := context.WithCancel(t.Context())
	load := short(benchtest.Listen(t, benchtest.Answer(func(line string) string {
		cancel()
		return line
	})))
	load.Warmup = time.Hour
	_, err := load.Run(ctx)
	require.ErrorIs(t, err, ErrInterrupted)
	_, err = load.Run(ctx)
	require.ErrorIs(t, err, ErrInterrupted, "already ended")
}

func TestLoad_RunsOnItsCPU(t *testing.T) {
	cpu := availableCPUs(t)[0]
	load := short(benchtest.Listen(t, benchtest.Answer(benchtest.Echo)))
	load.CPUs = []int{cpu}
	var on []int
	load.WindowBegin = func() error { on = availableCPUs(t); return nil }
	_, err := load.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{cpu}, on)
	require.Greater(t, len(availableCPUs(t)), 0)
}

func TestLoad_UnknownCPU(t *testing.T) {
	load := short(benchtest.Listen(t, benchtest.Answer(benchtest.Echo)))
	load.CPUs = []int{cpuMax - 1}
	_, err := load.Run(t.Context())
	require.ErrorContains(t, err, "pin to CPU 1023")
}

func TestLoad_ValidateNamesTheField(t *testing.T) {
	tests := map[string]Load{
		"connections": {Connections: connectionsMax + 1},
		"pipeline":    {Pipeline: -1},
		"duration":    {Duration: -1},
		"warm-up":     {Warmup: -1},
		"timeout":     {Timeout: -1},
		"request":     {Requests: []Request{{Send: "1\n"}}},
		"CPU 1024":    {CPUs: []int{1024}},
	}
	for field, load := range tests {
		t.Run(field, func(t *testing.T) {
			require.ErrorContains(t, load.Validate(), field)
			_, err := load.Run(t.Context())
			require.ErrorContains(t, err, field)
		})
	}
	require.NoError(t, Load{}.Validate())
}

func TestLoad_BadAddress(t *testing.T) {
	_, err := Load{Address: "no port"}.Run(t.Context())
	require.ErrorContains(t, err, `resolve "no port"`)
}
