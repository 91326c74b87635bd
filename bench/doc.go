// Package bench measures a line server from outside: it puts load on it, checks
// every answer, starts and stops servers pinned to CPUs of their own, and
// compares two of them with a confidence interval.
//
// It knows nothing of how the server works and imports nothing of it; what it
// learns beside the answers comes from the server's status socket and from the
// kernel. Command-line flags do not belong here, they are in cmd/fibbench.
package bench
