package cpuaffinity

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The main goroutine keeps the main thread, so that no test pins it.
func init() {
	runtime.LockOSThread()
}

func TestAllowed_AgreesWithProc(t *testing.T) {
	allowed, err := Allowed()
	require.NoError(t, err)
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(status), "Cpus_allowed_list:")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "\n")
	want, err := ParseSet(list)
	require.NoError(t, err)
	require.Equal(t, want, allowed)
}

func TestPinThread_PinsTheCaller(t *testing.T) {
	before, err := Allowed()
	require.NoError(t, err)
	for _, cpu := range before.CPUs() {
		require.Equal(t, SetOf(cpu), pinned(t, cpu))
	}
	after, err := Allowed()
	require.NoError(t, err)
	require.Equal(t, before, after, "the main thread was pinned instead")
}

func TestPinThread_NoSuchCPU(t *testing.T) {
	for _, cpu := range []int{-1, MaxCPU, MaxCPU + 1} {
		require.ErrorIs(t, PinThread(cpu), unix.EINVAL)
	}
}

// pinned pins a thread, which ends with the goroutine, and returns the CPUs
// that it may then run on.
func pinned(t *testing.T, cpu int) Set {
	t.Helper()
	var s Set
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := PinThread(cpu); err != nil {
			done <- err
			return
		}
		var err error
		s, err = threadSet(0)
		done <- err
	}()
	require.NoError(t, <-done)
	return s
}
