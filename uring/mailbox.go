package uring

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// mailbox is the only door into a loop from outside: functions to be run on the
// loop, in the order in which they were posted. A wake-up is written only while
// the loop sleeps, once for all that is posted meanwhile.
type mailbox struct {
	fd     int         // eventfd; never read, since the loop polls it for edges
	posted atomic.Bool // tasks is not empty
	asleep atomic.Bool // the loop sleeps, or looks for mail a last time before

	mu     sync.Mutex
	tasks  []func() // guarded by mu
	closed bool     // guarded by mu
}

func newMailbox() (*mailbox, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &mailbox{fd: fd}, nil
}

// post adds a task. It reports false, and drops the task, after close. Safe for
// concurrent use.
func (m *mailbox) post(task func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.tasks = append(m.tasks, task)
	m.posted.Store(true)
	// The loop stores asleep and then loads posted; here it is the other way
	// round, so at least one of the two sees the other's store.
	if m.asleep.CompareAndSwap(true, false) {
		m.wake()
	}
	return true
}

// wake makes the eventfd readable. It cannot fail: the counter would overflow
// after 2^64 wake-ups. Under mu the descriptor is open.
func (m *mailbox) wake() {
	one := [8]byte{1}
	_, _ = unix.Write(m.fd, one[:])
}

// sleep announces that the loop is about to sleep, and reports whether it may.
func (m *mailbox) sleep() bool {
	m.asleep.Store(true)
	if m.posted.Load() {
		m.asleep.Store(false)
		return false
	}
	return true
}

// awake takes the announcement back.
func (m *mailbox) awake() { m.asleep.Store(false) }

// waiting reports whether there is anything to take.
func (m *mailbox) waiting() bool { return m.posted.Load() }

// take swaps the tasks for an empty list, which the caller provides so that
// two lists serve for ever.
func (m *mailbox) take(empty []func()) []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks := m.tasks
	m.tasks = empty
	m.posted.Store(false)
	return tasks
}

// close refuses further tasks and returns those not yet taken.
func (m *mailbox) close() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	_ = unix.Close(m.fd)
	tasks := m.tasks
	m.tasks = nil
	return tasks
}
