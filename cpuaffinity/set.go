package cpuaffinity

import (
	"fmt"
	"math/bits"
	"strings"
)

// MaxCPU is the largest CPU number that a Set can hold. Kernels are built for
// at most 8192 CPUs.
const MaxCPU = 8191

// wordBits is the number of CPUs in a word of a Set.
const wordBits = 64

// words is a mask of CPUs as sched_setaffinity(2) wants it on a 64-bit machine:
// CPU 0 is the lowest bit of the first word.
type words [(MaxCPU + 1) / wordBits]uint64

// Set is a set of CPUs. It is a value: sets compare with ==, and a copy shares
// nothing. The zero value is the empty set.
type Set struct {
	mask words
}

// SetOf returns the set of the given CPUs. It panics if one of them is negative
// or larger than MaxCPU.
func SetOf(cpus ...int) Set {
	var s Set
	for _, cpu := range cpus {
		if cpu < 0 || cpu > MaxCPU {
			panic(fmt.Sprintf("cpuaffinity: CPU %d is outside 0-%d", cpu, MaxCPU))
		}
		s.add(cpu)
	}
	return s
}

func (s *Set) add(cpu int) {
	s.mask[cpu/wordBits] |= 1 << (cpu % wordBits)
}

// Contains reports whether a CPU is in the set. Numbers that no CPU can have
// are not.
func (s Set) Contains(cpu int) bool {
	return cpu >= 0 && cpu <= MaxCPU && s.mask[cpu/wordBits]>>(cpu%wordBits)&1 == 1
}

// Len returns the number of CPUs in the set.
func (s Set) Len() int {
	n := 0
	for _, word := range s.mask {
		n += bits.OnesCount64(word)
	}
	return n
}

// CPUs returns the members of the set in ascending order.
func (s Set) CPUs() []int {
	cpus := make([]int, 0, s.Len())
	for i, word := range s.mask {
		for ; word != 0; word &= word - 1 {
			cpus = append(cpus, i*wordBits+bits.TrailingZeros64(word))
		}
	}
	return cpus
}

// String returns the set in the kernel's list format, such as "0-3,8", which
// ParseSet reads. The empty set is the empty string.
func (s Set) String() string {
	var b strings.Builder
	cpus := s.CPUs()
	for i := 0; i < len(cpus); {
		first := cpus[i]
		last := first
		for i++; i < len(cpus) && cpus[i] == last+1; i++ {
			last = cpus[i]
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		if last == first {
			fmt.Fprintf(&b, "%d", first)
		} else {
			fmt.Fprintf(&b, "%d-%d", first, last)
		}
	}
	return b.String()
}
