package ioring

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A thread that waits inside a plain syscall.Syscall keeps its P until the
// runtime's monitor takes it away, some 20 µs or more later, which also keeps
// the monitor from sleeping on an idle server. These two are what the runtime
// itself uses where it knows that a call will block: the P is handed off at
// once.

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// enterAndWait is io_uring_enter(2) for a call that may sleep. Between the two
// runtime calls there is no P, so nothing may grow the stack, allocate or be
// instrumented, and both must be called from the same frame.
//
//go:nosplit
//go:norace
func enterAndWait(fd int, submit, minComplete, flags uint32, arg *getEventsArg) (int, unix.Errno) {
	entersyscallblock()
	n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(fd), uintptr(submit),
		uintptr(minComplete), uintptr(flags), uintptr(unsafe.Pointer(arg)), unsafe.Sizeof(*arg))
	exitsyscall()
	return int(n), errno
}

// enterNow is io_uring_enter(2) for a call that does not sleep: the runtime is
// not told about it.
func enterNow(fd int, submit, flags uint32) (int, unix.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(fd), uintptr(submit),
		0, uintptr(flags), 0, 0)
	return int(n), errno
}
