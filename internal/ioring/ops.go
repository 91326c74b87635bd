package ioring

import (
	"unsafe"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// The functions of this file build whole entries; IO_URING_ENTER(2) describes
// each operation. data comes back in every completion of the operation.

// Accept accepts connections from a listening socket until a completion comes
// without CQEMore. Each result is a descriptor with SOCK_CLOEXEC, blocking,
// since on a non-blocking one the ring would not wait.
func Accept(fd int, data uint64) SQE {
	return SQE{
		OpCode: giouring.OpAccept, Fd: int32(fd), IoPrio: giouring.AcceptMultishot,
		OpcodeFlags: unix.SOCK_CLOEXEC, UserData: data,
	}
}

// Receive receives from a socket into buffers of the given group until a
// completion comes without CQEMore. The result is the number of bytes, zero at
// the end of input; see BufferID.
func Receive(fd int, group uint16, data uint64) SQE {
	return SQE{
		OpCode: giouring.OpRecv, Fd: int32(fd), IoPrio: giouring.RecvMultishot,
		Flags: giouring.SqeBufferSelect, BufIG: group, UserData: data,
	}
}

// Send sends all of p, waiting inside the ring for as long as the peer's window
// asks. The result may still be less than len(p).
func Send(fd int, p []byte, data uint64) SQE {
	return SQE{
		OpCode: giouring.OpSend, Fd: int32(fd),
		Addr: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))), Len: uint32(len(p)),
		OpcodeFlags: unix.MSG_WAITALL | unix.MSG_NOSIGNAL, UserData: data,
	}
}

// SendNow sends as much of p as fits into the socket's buffer while it is
// submitted, and posts no completion if that is all of p. Otherwise the result
// is the number of bytes sent, or -EAGAIN for none. Either way the operation
// has ended, and p is free, once the submission has returned and the
// completions that it posted have been read.
func SendNow(fd int, p []byte, data uint64) SQE {
	entry := Send(fd, p, data)
	entry.OpcodeFlags |= unix.MSG_DONTWAIT
	entry.Flags = giouring.SqeCQESkipSuccess
	return entry
}

// Poll waits once for events of poll(2), of which POLLERR, POLLHUP and POLLRDHUP
// are always among those looked for.
func Poll(fd int, events uint32, data uint64) SQE {
	return SQE{OpCode: giouring.OpPollAdd, Fd: int32(fd), OpcodeFlags: events, UserData: data}
}

// PollEach posts a completion each time that events occur, until one comes
// without CQEMore.
func PollEach(fd int, events uint32, data uint64) SQE {
	entry := Poll(fd, events, data)
	entry.Len = giouring.PollAddMulti
	return entry
}

// CancelFd cancels every operation on a descriptor. Each still posts its own
// last completion.
func CancelFd(fd int, data uint64) SQE {
	return SQE{
		OpCode: giouring.OpAsyncCancel, Fd: int32(fd),
		OpcodeFlags: giouring.AsyncCancelFd | giouring.AsyncCancelAll, UserData: data,
	}
}

// Cancel cancels the operations whose data is target.
func Cancel(target, data uint64) SQE {
	return SQE{
		OpCode: giouring.OpAsyncCancel, Fd: -1, Addr: target,
		OpcodeFlags: giouring.AsyncCancelAll, UserData: data,
	}
}

// Nop does nothing and completes.
func Nop(data uint64) SQE {
	return SQE{OpCode: giouring.OpNop, Fd: -1, UserData: data}
}

// BufferID returns which provided buffer a completion has filled, if any.
func BufferID(cqe *CQE) (id uint16, ok bool) {
	return uint16(cqe.Flags >> giouring.CQEBufferShift), cqe.Flags&CQEBuffer != 0
}
