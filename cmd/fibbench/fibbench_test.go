package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/corering/corering/bench"
	"github.com/corering/corering/bench/benchtest"
)

func TestMain(m *testing.M) {
	benchtest.Main()
	goleak.VerifyTestMain(m)
}

// fibbench runs the command line as main does. The flags come from the test,
// but nothing is pinned: the test may be anywhere.
func fibbench(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = execute(ctx, args, &out, &errOut)
	return status, out.String(), errOut.String()
}

// quick are flags for a run that is as short as can be.
func quick(more ...string) []string {
	return append([]string{"--cpu", "", "--duration", "20ms", "--warmup", "5ms", "--connections", "4"}, more...)
}

func TestExecute_Usage(t *testing.T) {
	tests := map[string][]string{
		"unknown command":            {"rum"},
		"unknown flag":               {"run", "x:1", "--no-such-flag"},
		"accepts 1 arg(s)":           {"run"},
		"--request needs --expect":   {"run", "x:1", "--request", "5"},
		"once for each --request":    {"run", "x:1", "--request", "5", "--expect", "5", "--expect", "6"},
		"must be above zero":         {"run", "x:1", "--connections", "0"},
		"pipeline":                   {"run", "x:1", "--pipeline", "-1"},
		"parse CPU list":             {"run", "x:1", "--cpu", "one"},
		"pin to CPU 1023":            {"run", "x:1", "--cpu", "1023"},
		"--a needs a command":        {"compare", "--b", "x"},
		"--b needs a command":        {"compare", "--a", "x"},
		"--b: split command":         {"compare", "--a", "x", "--b", "'x"},
		"--blocks must be above":     {"compare", "--a", "x", "--b", "x", "--blocks", "0"},
		`parse CPU list "zero"`:      {"compare", "--a", "x", "--b", "x", "--server-cpus", "zero"},
		`unknown command "ADDR" for`: {"compare", "ADDR"},
	}
	for says, args := range tests {
		t.Run(says, func(t *testing.T) {
			status, stdout, stderr := fibbench(t.Context(), args...)
			require.Equal(t, exitUsage, status)
			require.Empty(t, stdout)
			require.Contains(t, stderr, says)
			require.Contains(t, stderr, "--help'")
		})
	}
}

func TestExecute_Help(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"run", "--help"}, {"compare", "--help"}, {"--version"}} {
		status, stdout, stderr := fibbench(t.Context(), args...)
		require.Equal(t, exitOK, status)
		require.Contains(t, stdout, "fibbench")
		require.Empty(t, stderr)
	}
}

func TestRun_PrintsAReport(t *testing.T) {
	address := benchtest.Listen(t, benchtest.Answer(benchtest.Echo))
	status, stdout, stderr := fibbench(t.Context(), append([]string{"run", address}, quick()...)...)
	require.Equal(t, exitOK, status, stderr)
	require.Contains(t, stdout, "server   "+address)
	require.Contains(t, stdout, "throughput")
	require.Empty(t, stderr, "progress is for terminals")
}

func TestRun_PrintsJSON(t *testing.T) {
	address := benchtest.Listen(t, benchtest.Answer(benchtest.Echo))
	args := append([]string{"run", address, "--json", "--pipeline", "3"}, quick("--request", "7", "--expect", "7")...)
	status, stdout, stderr := fibbench(t.Context(), args...)
	require.Equal(t, exitOK, status, stderr)
	var document struct {
		Machine bench.Machine
		Result  bench.Result
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &document))
	require.Equal(t, []bench.Request{bench.Line("7", "7")}, document.Result.Requests)
	require.Equal(t, 3, document.Result.Pipeline)
	require.Positive(t, document.Result.Latency.P99)
	require.NotEmpty(t, document.Machine.Kernel)
}

func TestRun_WrongAnswer(t *testing.T) {
	address := benchtest.Listen(t, benchtest.Answer(benchtest.Echo))
	args := append([]string{"run", address}, quick("--request", "7", "--expect", "13")...)
	status, stdout, stderr := fibbench(t.Context(), args...)
	require.Equal(t, exitFailed, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, `wrong answer: "7\n" instead of "13\n"`)
	require.NotContains(t, stderr, "--help")
}

func TestRun_Interrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	address := benchtest.Listen(t, benchtest.Answer(benchtest.Echo))
	status, _, stderr := fibbench(ctx, append([]string{"run", address}, quick()...)...)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, bench.ErrInterrupted.Error())
}

// compareArgs are the words of a short comparison of two helper servers.
func compareArgs(t *testing.T, a, b string, more ...string) []string {
	server := bench.ShellWords(benchtest.Command(t))
	args := []string{"compare", "--a", server + " " + a, "--b", server + " " + b, "--server-cpus", "", "--blocks", "2"}
	return append(append(args, quick()...), more...)
}

func TestCompare_PrintsMethodRawDataAndResult(t *testing.T) {
	status, stdout, stderr := fibbench(t.Context(), compareArgs(t, "--engine uring", "--engine=gnet")...)
	require.Equal(t, exitOK, status, stderr)
	require.Empty(t, stderr)
	previous := -1
	for _, text := range []string{"method ", "machine ", "block  side", "    2  ", "A ran on uring", "B ran on gnet", "\nmedian ", "\nagain "} {
		at := strings.Index(stdout, text)
		require.Greater(t, at, previous, text)
		previous = at
	}
}

func TestCompare_LastLineRepeatsIt(t *testing.T) {
	status, stdout, stderr := fibbench(t.Context(), compareArgs(t, "--engine uring", "--engine uring --claim x", "--expect-b", "x", "--spin")...)
	require.Equal(t, exitOK, status, stderr)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	again := lines[len(lines)-1]
	words, err := bench.SplitWords(strings.TrimPrefix(again, "again "))
	require.NoError(t, err)
	status, stdout, stderr = fibbench(t.Context(), words[1:]...)
	require.Equal(t, exitOK, status, stderr)
	require.Contains(t, stdout, "\n"+again+"\n", "the same line, seed and all")
}

func TestCompare_WrongEngine(t *testing.T) {
	status, _, stderr := fibbench(t.Context(), compareArgs(t, "--engine uring --claim gnet", "--engine gnet")...)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, `not the engine that was asked for: want "uring", the status says "gnet"`)
}

func TestCompare_ServerDies(t *testing.T) {
	status, _, stderr := fibbench(t.Context(), compareArgs(t, "--exit-after 5", "--engine gnet")...)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "exit status 3")
	require.Contains(t, stderr, "exits on purpose")
}

func TestEngineAskedFor_InACommand(t *testing.T) {
	tests := map[string]string{
		"fibd serve":                              "",
		"fibd serve --engine uring":               "uring",
		"fibd serve --engine=gnet":                "gnet",
		"fibd serve --engine auto":                "",
		"fibd serve --engine":                     "",
		"fibd serve --engine gnet --engine uring": "uring",
	}
	for command, want := range tests {
		require.Equal(t, want, engineAskedFor(strings.Fields(command)), command)
	}
}
