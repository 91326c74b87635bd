package cpuaffinity

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Allowed returns the CPUs that the process may run on: what its parent, a
// cpuset or taskset(1) left it. Affinity belongs to threads, and this reads that
// of the main thread. Any goroutine may find itself on that one and pin it, so
// call this before threads are pinned, or keep the main goroutine there by
// runtime.LockOSThread in an init function.
func Allowed() (Set, error) {
	return threadSet(os.Getpid())
}

// PinThread lets the calling thread run on one CPU only, from its return on. It
// locks nothing: a goroutine that means itself calls runtime.LockOSThread first
// and never unlocks, so that the thread ends with it and no other goroutine
// inherits the pin. It fails with EINVAL when the CPU does not exist, is
// offline, or is outside the process's cpuset.
func PinThread(cpu int) error {
	// Set ignores what the mask cannot hold; the kernel refuses the empty mask.
	mask := unix.NewCPUSet(MaxCPU + 1)
	mask.Set(cpu)
	if err := unix.SchedSetaffinityDynamic(0, mask); err != nil {
		return fmt.Errorf("pin thread to CPU %d: %w", cpu, os.NewSyscallError("sched_setaffinity", err))
	}
	return nil
}

// threadSet returns the CPUs that a thread may run on; 0 is the calling one.
// The mask is as large as any kernel's, which would refuse a smaller one.
func threadSet(tid int) (Set, error) {
	mask := unix.NewCPUSet(MaxCPU + 1)
	if err := unix.SchedGetaffinityDynamic(tid, mask); err != nil {
		return Set{}, fmt.Errorf("read affinity of thread %d: %w", tid, os.NewSyscallError("sched_getaffinity", err))
	}
	var s Set
	for cpu := range MaxCPU + 1 {
		if mask.IsSet(cpu) {
			s.add(cpu)
		}
	}
	return s, nil
}
