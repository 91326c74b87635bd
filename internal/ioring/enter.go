package ioring

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// brief is how long a waiting enter keeps its P. It is long against the pauses of
// a busy server and short against anything that the runtime could be made to
// wait for.
const brief = time.Millisecond

// enterBriefly is io_uring_enter(2) for a call that sleeps for at most brief, or
// not at all if arg is nil. The runtime is not told about it.
//
// Telling it costs more than the call: a P that is let go in every wait makes
// the runtime's monitor fall asleep and be woken by a futex each time, and one
// that is kept by the usual syscall.Syscall is taken away every 20 µs once the
// goroutine has run for 10 ms, which a loop always has. (On one connection that
// was 1.6 to 3 context switches a request where one is needed.) A goroutine that
// the runtime wants to stop meanwhile gets a signal, which ends the wait.
func enterBriefly(fd int, submit, minComplete, flags uint32, arg *getEventsArg) unix.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(fd), uintptr(submit),
		uintptr(minComplete), uintptr(flags), uintptr(unsafe.Pointer(arg)), argSize(arg))
	return errno
}

// enterAtLength is io_uring_enter(2) for a call that may sleep for ever. After
// some milliseconds the runtime takes the P away, and with nothing else to do it
// sleeps as well.
func enterAtLength(fd int, submit, minComplete, flags uint32, arg *getEventsArg) unix.Errno {
	_, _, errno := syscall.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(fd), uintptr(submit),
		uintptr(minComplete), uintptr(flags), uintptr(unsafe.Pointer(arg)), argSize(arg))
	return errno
}

func argSize(arg *getEventsArg) uintptr {
	if arg == nil {
		return 0
	}
	return unsafe.Sizeof(*arg)
}
