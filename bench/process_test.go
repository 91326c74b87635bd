package bench

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onOwnThread calls f on a thread that ends afterwards.
func onOwnThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked
		done <- f()
	}()
	return <-done
}

func TestSampleProcess_CountsEndedThreads(t *testing.T) {
	const burn = 30 * time.Millisecond
	before, err := SampleProcess(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, onOwnThread(func() error {
		for begin := threadCPU(); threadCPU()-begin < burn; {
		}
		return nil
	}))
	after, err := SampleProcess(os.Getpid())
	require.NoError(t, err)
	usage := after.Since(before)
	require.GreaterOrEqual(t, usage.CPU, burn)
	require.Positive(t, usage.RSS)
	require.NotEmpty(t, after.switches)
}

func TestSampleProcess_OfAnotherProcess(t *testing.T) {
	server, _ := startHelper(t)
	defer func() { require.NoError(t, server.Stop()) }()
	sample, err := SampleProcess(server.PID())
	require.NoError(t, err)
	usage := sample.Since(ProcessSample{})
	require.Positive(t, usage.CPU)
	require.Positive(t, usage.Voluntary, "it waits for requests")
	require.Positive(t, usage.RSS)
}

func TestSampleProcess_OfNobody(t *testing.T) {
	child := exec.Command("true")
	require.NoError(t, child.Run())
	_, err := SampleProcess(child.Process.Pid)
	require.ErrorContains(t, err, "read CPU clock of process")
}

func TestProcessSample_SinceMatchesThreads(t *testing.T) {
	before := ProcessSample{cpu: 5, rss: 900, switches: map[int]contextSwitches{1: {10, 1}, 2: {1000, 1000}}}
	after := ProcessSample{cpu: 25, rss: 700, switches: map[int]contextSwitches{1: {13, 1}, 3: {4, 5}}}
	// Thread 2 has ended: what it did last is lost, and nothing goes below zero.
	require.Equal(t, Usage{CPU: 20, Voluntary: 7, Involuntary: 5, RSS: 700}, after.Since(before))
}

func TestStatusField_ReadsNumbers(t *testing.T) {
	status := []byte("Name:\tfibd\nVmRSS:\t    7936 kB\nBad:\nWorse:\tx\nvoluntary_ctxt_switches:\t12\n")
	n, err := statusField(status, "VmRSS")
	require.NoError(t, err)
	require.EqualValues(t, 7936, n)
	n, err = statusField(status, "voluntary_ctxt_switches")
	require.NoError(t, err)
	require.EqualValues(t, 12, n)
	for _, name := range []string{"Bad", "Worse", "Missing"} {
		_, err = statusField(status, name)
		require.ErrorContains(t, err, name)
	}
}
