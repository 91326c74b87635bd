// Package cpuaffinity says which CPUs there are for a process and who runs on
// which: sets of CPUs in the kernel's notation, the CPUs that a process is
// allowed, the choice of some of them, and pinning threads.
//
// CPUs are named by the kernel's numbers, from 0 to MaxCPU. What runs on them
// does not belong here.
package cpuaffinity
