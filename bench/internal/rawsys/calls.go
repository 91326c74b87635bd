package rawsys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// EpollWait waits up to timeoutMs milliseconds, for ever if that is negative,
// and returns the number of events that it has filled in. events must not be
// empty. The error is a bare errno.
func EpollWait(epoll int, events []unix.EpollEvent, timeoutMs int) (int, error) {
	// epoll_pwait, because arm64 has no epoll_wait; without a mask it is the same.
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(timeoutMs), 0, 0)
	return result(n, errno)
}

// Read reads from a non-blocking descriptor. p must not be empty.
func Read(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, errno)
}

// Write writes to a non-blocking descriptor. p must not be empty.
func Write(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, errno)
}

// result turns what the kernel returned into Go's form, with 0 for a failed
// call.
func result(n uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
