package ioring

import (
	"unsafe"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// This file mirrors what include/uapi/linux/io_uring.h defines and giouring
// lacks or hides. Names follow the header without its IORING_ prefix.

// SQE is struct io_uring_sqe.
type SQE = giouring.SubmissionQueueEntry

// CQE is struct io_uring_cqe.
type CQE = giouring.CompletionQueueEvent

// CQE flags.
const (
	CQEBuffer       = giouring.CQEFBuffer       // the upper 16 bits are a buffer ID
	CQEMore         = giouring.CQEFMore         // the multishot operation stays armed
	CQESockNonempty = giouring.CQEFSockNonempty // more data waits in the socket
)

const (
	offSQRing = 0 // OFF_SQ_RING: where the rings are mapped from

	enterExtArg     = giouring.EnterExtArg
	enterGetEvents  = giouring.EnterGetEvents
	enterRegistered = giouring.EnterRegisteredRing
	enterNoIOWait   = 1 << 7 // ENTER_NO_IOWAIT, Linux 6.15

	featSingleMmap = giouring.FeatSingleMMap
	featNoDrop     = giouring.FeatNoDrop
	featExtArg     = giouring.FeatExtArg
	featCQESkip    = giouring.FeatCQESkip
	featNoIOWait   = 1 << 17 // FEAT_NO_IOWAIT, Linux 6.15
)

// sqringOffsets is struct io_sqring_offsets.
type sqringOffsets struct {
	head, tail, ringMask, ringEntries, flags, dropped, array, resv1 uint32
	userAddr                                                        uint64
}

// cqringOffsets is struct io_cqring_offsets.
type cqringOffsets struct {
	head, tail, ringMask, ringEntries, overflow, cqes, flags, resv1 uint32
	userAddr                                                        uint64
}

// params is struct io_uring_params; giouring's has the same layout with all
// fields unexported.
type params struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFd uint32

	resv  [3]uint32
	sqOff sqringOffsets
	cqOff cqringOffsets
}

// getEventsArg is struct io_uring_getevents_arg, the argument of ENTER_EXT_ARG.
type getEventsArg struct {
	sigmask     uint64
	sigmaskSize uint32
	minWaitUsec uint32
	ts          *unix.Timespec
}

// The kernel refuses other sizes, or reads past them.
const (
	_ = -(unsafe.Sizeof(params{}) ^ 120)
	_ = -(unsafe.Sizeof(giouring.Params{}) ^ 120)
	_ = -(unsafe.Sizeof(getEventsArg{}) ^ 24)
	_ = -(unsafe.Sizeof(SQE{}) ^ 64)
	_ = -(unsafe.Sizeof(CQE{}) ^ 16)
	_ = -(unsafe.Sizeof(giouring.BufAndRing{}) ^ 16)
)
