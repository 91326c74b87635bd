// Package rawsys makes the load generator's system calls without telling the Go
// runtime of them. Calls that a generator makes once do not belong here, they
// are in golang.org/x/sys/unix.
//
// The usual wrappers say to the scheduler that the thread may be gone for long.
// Its monitor thread then wakes up thousands of times a second to look, takes
// the P away from a generator that waits for an answer, and leaves it to queue
// for another one when the answer comes: on two cores that was one or two
// futex(2) calls for every request and up to a third of the throughput.
//
// The price is that a sleeping caller keeps its P. GOMAXPROCS must leave one for
// everybody else; the garbage collector is not held up, because the signal with
// which the runtime stops a goroutine ends the sleep with EINTR.
package rawsys
