package ioring

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// ErrLost means that the kernel has dropped completions for want of memory. The
// ring can no longer be trusted.
var ErrLost = errors.New("io_uring lost completions")

// Ring is one io_uring. Its fields are owned by the thread that enabled it.
type Ring struct {
	raw    *giouring.Ring // nil once closed
	params params
	rings  []byte // second mapping of the queues, into which sq and cq point
	sq     submissions
	cq     completions

	// spill holds entries that found the submission queue full, in order.
	spill []SQE

	enterFd    int    // index of the registered ring, or its descriptor
	enterFlags uint32 // for every enter

	// The kernel reads both during a waiting enter, so they must not lie on a
	// stack, which moves.
	arg     getEventsArg
	timeout unix.Timespec

	// Enters and Waits count the calls of io_uring_enter, and those among them
	// that were allowed to sleep.
	Enters, Waits uint64
}

// Flags returns the setup flags that the kernel has granted.
func (r *Ring) Flags() uint32 { return r.params.flags }

// Push queues an entry for the next submission. It cannot fail: what does not
// fit into the submission queue waits and is submitted right after.
//
// Memory that the entry points at must stay reachable and in place until its
// last completion has been read.
func (r *Ring) Push(entry SQE) {
	if len(r.spill) > 0 || !r.fill(&entry) {
		r.spill = append(r.spill, entry)
	}
}

// fill copies the whole entry, since a recycled one is not cleared.
func (r *Ring) fill(entry *SQE) bool {
	slot := r.raw.GetSQE()
	if slot == nil {
		return false
	}
	*slot = *entry
	r.sq.tail++
	return true
}

// refill moves spilled entries into the submission queue while they fit.
func (r *Ring) refill() {
	n := 0
	for n < len(r.spill) && r.fill(&r.spill[n]) {
		n++
	}
	if n == len(r.spill) {
		r.spill = r.spill[:0]
		return
	}
	r.spill = append(r.spill[:0], r.spill[n:]...)
}

// Unsubmitted returns how many pushed entries the kernel has not taken yet. It
// is zero after every submission that the kernel did not refuse.
func (r *Ring) Unsubmitted() int { return int(r.sq.pending()) + len(r.spill) }

// Submit hands every pushed entry to the kernel and lets it post what has
// completed, without waiting for anything.
func (r *Ring) Submit() error {
	for {
		r.refill()
		errno := r.enter(enterBriefly, 0, 0)
		if errno != 0 || len(r.spill) == 0 || r.sq.pending() > 0 {
			return enterError(errno)
		}
	}
}

// SubmitAndWait is Submit, then waits for one completion: without limit if
// timeout is negative, and at most that long otherwise. It returns early when a
// signal arrives, or when the kernel could not take all entries at once.
func (r *Ring) SubmitAndWait(timeout time.Duration) error {
	for r.refill(); len(r.spill) > 0; r.refill() {
		if errno := r.enter(enterBriefly, 0, 0); errno != 0 || r.sq.pending() > 0 {
			return enterError(errno)
		}
	}
	if timeout >= 0 && timeout <= brief {
		return enterError(r.enter(enterBriefly, 1, timeout))
	}
	errno := r.enter(enterBriefly, 1, brief)
	if errno == unix.ETIME && r.cq.ready() == 0 {
		errno = r.enter(enterAtLength, 1, timeout)
	}
	return enterError(errno)
}

// enter makes one io_uring_enter(2) that waits for minComplete completions, at
// most for timeout if that is not negative.
func (r *Ring) enter(
	call func(fd int, submit, minComplete, flags uint32, arg *getEventsArg) unix.Errno,
	minComplete uint32, timeout time.Duration,
) unix.Errno {
	r.cq.publish()
	r.sq.publish()
	r.Enters++
	flags := r.enterFlags | enterGetEvents
	if minComplete == 0 {
		return call(r.enterFd, r.sq.pending(), 0, flags, nil)
	}
	r.Waits++
	r.arg.ts = nil
	if timeout >= 0 {
		r.timeout = unix.NsecToTimespec(timeout.Nanoseconds())
		r.arg.ts = &r.timeout
	}
	return call(r.enterFd, r.sq.pending(), minComplete, flags|enterExtArg, &r.arg)
}

// enterError says which results of io_uring_enter(2) are part of normal life.
// After each of them the completions present are valid, and entries not taken
// stay queued.
func enterError(errno unix.Errno) error {
	switch errno {
	case 0:
	case unix.ETIME: // the wait ended by its timeout
	case unix.EINTR: // a signal, from Go's scheduler for one, ended the wait
	case unix.EBUSY: // completions overflowed: they must be read first
	case unix.EAGAIN: // no memory for a request just now: try again next time
	case unix.EBADR:
		return ErrLost
	default:
		return fmt.Errorf("enter io_uring: %w", os.NewSyscallError("io_uring_enter", errno))
	}
	return nil
}

// Next returns the next completion, or nil when there is none. It is valid
// until the next Submit or SubmitAndWait.
func (r *Ring) Next() *CQE { return r.cq.next() }

// Ready returns the number of completions that Next would return.
func (r *Ring) Ready() int { return int(r.cq.ready()) }

// Overflowed reports whether completions wait inside the kernel because the
// completion queue was full. The next enter posts them.
func (r *Ring) Overflowed() bool { return r.sq.has(giouring.SQCQOverflow) }

// TaskrunPending reports whether Submit would find new completions. It needs
// Config.TaskrunFlag; where the kernel does not know that, it is always true.
func (r *Ring) TaskrunPending() bool {
	return r.params.flags&giouring.SetupTaskrunFlag == 0 || r.sq.has(giouring.SQTaskrun)
}
