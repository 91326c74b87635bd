package main

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// Descriptors that are not connections.
const (
	// reservedBase is for the standard streams, the runtime's poller, the
	// status socket and its clients, and what libraries open for a moment.
	reservedBase = 32
	// reservedPerLoop is for a loop's ring or epoll, and its wake-up.
	reservedPerLoop = 4
)

// descriptorLimit returns how many descriptors the process may have. Go has
// raised the soft limit to the hard one before main.
func descriptorLimit() (int, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("read limit of descriptors: %w", os.NewSyscallError("getrlimit", err))
	}
	return int(min(limit.Cur, math.MaxInt32)), nil
}

// reserved returns how many descriptors the server needs beside connections.
// Each address has a listener per loop, and a claim that keeps others away.
func reserved(loops, addresses int) int {
	return reservedBase + loops*(reservedPerLoop+addresses) + addresses
}

// connsFor returns the number of connections to allow: those that were wished,
// or for 0 as many as the limit of descriptors leaves. The error names the
// remedy.
func connsFor(wished, limit, reserved int) (int, error) {
	need := max(wished, 1) + reserved
	if need > limit {
		return 0, fmt.Errorf("too few descriptors for %d connections: the hard limit is %d, needed are %d; "+
			"remedy: ulimit -n %d, or LimitNOFILE=%d in the systemd unit", max(wished, 1), limit, need, need, need)
	}
	if wished == 0 {
		return limit - reserved, nil
	}
	return wished, nil
}
