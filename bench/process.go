package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// ProcessSample is what a process had used at one moment. Two of them make a
// Usage. Child processes are not in it.
type ProcessSample struct {
	cpu      time.Duration
	rss      int64
	switches map[int]contextSwitches // by thread id
}

// contextSwitches are the counts of one thread since its start.
type contextSwitches struct {
	voluntary   int64 // it waited for something
	involuntary int64 // it was preempted
}

// Usage is what a process used between two samples.
type Usage struct {
	// CPU is the time that all of its threads spent on CPUs, also those that
	// have ended meanwhile.
	CPU time.Duration `json:"cpu_ns"`
	// Voluntary and Involuntary count context switches. Those of a thread that
	// ended in between are lost.
	Voluntary   int64 `json:"voluntary_switches"`
	Involuntary int64 `json:"involuntary_switches"`
	// RSS is the resident memory at the second sample, in bytes.
	RSS int64 `json:"rss_bytes"`
}

// SampleProcess reads the counters of a running process.
//
// CPU time comes from the process's own CPU clock: it counts nanoseconds and
// keeps the time of threads that have ended. The alternatives are worse:
// /proc/PID/stat counts in ticks of 10 ms, /proc/PID/task/*/schedstat forgets
// ended threads. All of them lag by up to one scheduler tick for a thread that
// is running at that moment, and by nothing for one that sleeps, so sample
// while no request is in flight.
func SampleProcess(pid int) (ProcessSample, error) {
	cpu, err := processCPU(pid)
	if err != nil {
		return ProcessSample{}, err
	}
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return ProcessSample{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	rssKB, err := statusField(status, "VmRSS")
	if err != nil {
		return ProcessSample{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	switches, err := sampleSwitches(filepath.Join(dir, "task"))
	if err != nil {
		return ProcessSample{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	return ProcessSample{cpu: cpu, rss: rssKB << 10, switches: switches}, nil
}

// Since returns what the process used after an earlier sample.
func (s ProcessSample) Since(before ProcessSample) Usage {
	usage := Usage{CPU: s.cpu - before.cpu, RSS: s.rss}
	for tid, now := range s.switches {
		then := before.switches[tid] // zero for a new thread
		usage.Voluntary += now.voluntary - then.voluntary
		usage.Involuntary += now.involuntary - then.involuntary
	}
	return usage
}

// processCPU reads the CPU clock of a process. The clock id is that of
// clock_getcpuclockid(3): the inverted pid above three bits, of which 2 selects
// the scheduler's own count, that of the whole process.
func processCPU(pid int) (time.Duration, error) {
	const schedulerClock = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &ts); err != nil {
		return 0, fmt.Errorf("read CPU clock of process %d: %w", pid, os.NewSyscallError("clock_gettime", err))
	}
	return time.Duration(ts.Nano()), nil
}

// sampleSwitches reads the counts of every thread in a task directory. A thread
// may end between the listing and the reading.
func sampleSwitches(tasks string) (map[int]contextSwitches, error) {
	entries, err := os.ReadDir(tasks)
	if err != nil {
		return nil, err
	}
	switches := make(map[int]contextSwitches, len(entries))
	for _, entry := range entries {
		status, err := os.ReadFile(filepath.Join(tasks, entry.Name(), "status"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tid, errTid := strconv.Atoi(entry.Name())
		voluntary, errVoluntary := statusField(status, "voluntary_ctxt_switches")
		involuntary, errInvoluntary := statusField(status, "nonvoluntary_ctxt_switches")
		if err := errors.Join(errTid, errVoluntary, errInvoluntary); err != nil {
			return nil, err
		}
		switches[tid] = contextSwitches{voluntary, involuntary}
	}
	return switches, nil
}

// statusField returns the number behind a name in a /proc/PID/status file.
func statusField(status []byte, name string) (int64, error) {
	for line := range bytes.Lines(status) {
		key, value, found := bytes.Cut(line, []byte{':'})
		if !found || string(key) != name {
			continue
		}
		words := bytes.Fields(value)
		if len(words) == 0 {
			break
		}
		n, err := strconv.ParseInt(string(words[0]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("parse %s: %w", name, err)
		}
		return n, nil
	}
	return 0, fmt.Errorf("no %s in process status", name)
}
