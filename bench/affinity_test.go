package bench

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// cpusOf returns the CPUs that a thread may run on, 0 for the calling one.
func cpusOf(t *testing.T, tid int) (cpus []int) {
	t.Helper()
	var set unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(tid, &set))
	for cpu := range cpuMax {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// availableCPUs returns those of the calling thread.
func availableCPUs(t *testing.T) []int {
	t.Helper()
	return cpusOf(t, 0)
}

func TestParseCPUs_Lists(t *testing.T) {
	tests := map[string][]int{
		"":          nil,
		"0":         {0},
		"0,2-4":     {0, 2, 3, 4},
		"5,1,1,0-1": {0, 1, 5},
		"1023":      {1023},
	}
	for list, want := range tests {
		got, err := ParseCPUs(list)
		require.NoError(t, err, list)
		require.Equal(t, want, got, list)
	}
	for _, list := range []string{"a", "1,", "-1", "3-1", "1024", "0-9999999", "1 2"} {
		_, err := ParseCPUs(list)
		require.ErrorContains(t, err, strconv.Quote(list))
	}
}

func TestFormatCPUs_IsReadBack(t *testing.T) {
	require.Equal(t, "0,2-4,7", FormatCPUs([]int{0, 2, 3, 4, 7}))
	rapid.Check(t, func(t *rapid.T) {
		cpus := rapid.SliceOfDistinct(rapid.IntRange(0, cpuMax-1), rapid.ID).Draw(t, "cpus")
		slices.Sort(cpus)
		got, err := ParseCPUs(FormatCPUs(cpus))
		require.NoError(t, err)
		require.True(t, slices.Equal(cpus, got))
	})
}

func TestPinProcess_PinsEveryThread(t *testing.T) {
	all := availableCPUs(t)
	t.Cleanup(func() { require.NoError(t, PinProcess(all)) })
	require.NoError(t, PinProcess(all[:1]))
	tasks, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		require.NoError(t, err)
		require.Equal(t, all[:1], cpusOf(t, tid))
	}
}

func TestPinProcess_UnknownCPU(t *testing.T) {
	require.ErrorContains(t, PinProcess([]int{cpuMax - 1}), "pin to CPU 1023")
}

func TestPin_PartlyUnknownCPUs(t *testing.T) {
	all := availableCPUs(t)
	done := make(chan error)
	go func() {
		// The kernel would pin this thread to the CPU that exists.
		done <- onOwnThread(func() error { return pinThread([]int{all[0], cpuMax - 1}) })
	}()
	require.ErrorContains(t, <-done, "not all of them are available")
}
