package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cpuMax is the number of CPUs that a unix.CPUSet can hold.
const cpuMax = 1024

// ParseCPUs reads a list such as "0" or "0,2-3", in the notation of taskset(1).
// An empty list means no CPUs. The result is sorted and has no doubles.
func ParseCPUs(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var cpus []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, errLow := strconv.ParseUint(first, 10, 16)
		high, errHigh := strconv.ParseUint(last, 10, 16)
		if errLow != nil || errHigh != nil || low > high || high >= cpuMax {
			return nil, fmt.Errorf("parse CPU list %q: want numbers below %d and ranges, such as 0,2-3", list, cpuMax)
		}
		for cpu := low; cpu <= high; cpu++ {
			cpus = append(cpus, int(cpu))
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), nil
}

// FormatCPUs is the reverse of ParseCPUs, with ranges where there are any.
func FormatCPUs(cpus []int) string {
	var parts []string
	for i := 0; i < len(cpus); {
		last := i
		for last+1 < len(cpus) && cpus[last+1] == cpus[last]+1 {
			last++
		}
		part := strconv.Itoa(cpus[i])
		if last > i {
			part += "-" + strconv.Itoa(cpus[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return strings.Join(parts, ",")
}

// checkCPUs refuses numbers that a CPU set cannot hold.
func checkCPUs(cpus []int) error {
	for _, cpu := range cpus {
		if cpu < 0 || cpu >= cpuMax {
			return fmt.Errorf("CPU %d: not within 0 and %d", cpu, cpuMax-1)
		}
	}
	return nil
}

// pinThread lets the calling thread run on these CPUs only. The caller has
// locked its goroutine to the thread.
func pinThread(cpus []int) error { return pin(0, cpus) }

// pin sets the affinity of a thread, 0 for the calling one. The kernel drops
// CPUs that are offline or outside the cpuset in silence; here that is an error.
func pin(tid int, cpus []int) error {
	want := newCPUSet(cpus)
	if err := unix.SchedSetaffinity(tid, &want); err != nil {
		return fmt.Errorf("pin to CPU %s: %w", FormatCPUs(cpus), os.NewSyscallError("sched_setaffinity", err))
	}
	var got unix.CPUSet
	if err := unix.SchedGetaffinity(tid, &got); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	if got != want {
		return fmt.Errorf("pin to CPU %s: not all of them are available here", FormatCPUs(cpus))
	}
	return nil
}

// newCPUSet returns the kernel's form of a list of CPUs.
func newCPUSet(cpus []int) (set unix.CPUSet) {
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return set
}

// PinProcess lets every thread of this process, present and future, run on
// these CPUs only: the Go runtime's own threads too would otherwise disturb
// what is measured. A thread inherits the set of the one that starts it, so
// passes are made until one finds nothing to change.
func PinProcess(cpus []int) error {
	want := newCPUSet(cpus)
	for {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		changed := false
		for _, task := range tasks {
			done, err := pinTask(task, want, cpus)
			if err != nil {
				return err
			}
			changed = changed || done
		}
		if !changed {
			return nil
		}
	}
}

// pinTask pins one thread of this process unless it already is, or has ended.
func pinTask(task fs.DirEntry, want unix.CPUSet, cpus []int) (changed bool, err error) {
	tid, err := strconv.Atoi(task.Name())
	if err != nil {
		return false, fmt.Errorf("read thread id: %w", err)
	}
	var got unix.CPUSet
	err = unix.SchedGetaffinity(tid, &got)
	if err == nil && got == want {
		return false, nil
	}
	if err == nil {
		err = pin(tid, cpus)
	}
	if errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	return true, err
}
