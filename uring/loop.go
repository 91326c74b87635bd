package uring

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/corering/corering/cpuaffinity"
	"github.com/corering/corering/internal/ioring"
	"github.com/corering/corering/internal/listen"
	"golang.org/x/sys/unix"
)

// bufferGroup is the only group of provided buffers of a loop's ring.
const bufferGroup = 0

// loop is one event loop. Unless said otherwise its fields are owned by the
// loop's goroutine, which is locked to its thread.
type loop struct {
	index      int // immutable
	cpu        int // immutable; -1 if not pinned
	config     *Config
	engine     *engine
	handler    EventHandler
	readCloser ReadCloser // nil if the handler is none
	mail       *mailbox   // safe for concurrent use

	ring      *ioring.Ring
	buffers   *ioring.Buffers
	listeners []*listener
	slots     slots
	blocks    blocks
	poller    poller

	dirty     []*conn  // to be looked at by flush
	unsettled []*conn  // have pushed a SendNow whose end is not known yet
	impatient bool     // something goes on as soon as a SendNow of this turn has ended
	tasks     []func() // spare list for the mailbox

	lingers      timers    // of connections that this side has closed
	lingering    int       // connections in that phase
	acceptRetry  time.Time // when to accept again after EMFILE; zero if not due
	acceptWarned time.Time // when that was logged last
	phase        loopPhase
	ending       bool // does not stay quiet

	stats       LoopStats
	quieted     chan struct{}             // closed once the listeners are
	connections atomic.Int64              // open connections; written by the loop, read by all
	final       atomic.Pointer[LoopStats] // counters at the end; nil before
}

func newLoop(e *engine, index int) (*loop, error) {
	l := &loop{
		index: index, cpu: -1, config: &e.config, engine: e, handler: e.handler,
		quieted: make(chan struct{}),
	}
	l.readCloser, _ = e.handler.(ReadCloser)
	if cpus := e.config.CPUs; len(cpus) > 0 {
		l.cpu = cpus[index%len(cpus)]
	}
	l.blocks.size = e.config.BufferSize
	l.lingers.after = e.config.Linger
	l.poller.fixed = e.config.BusyPoll
	var err error
	if l.mail, err = newMailbox(); err != nil {
		return nil, err
	}
	l.ring, err = ioring.New(ioring.Config{
		Entries:           uint32(e.config.Entries),
		CompletionEntries: uint32(e.config.CompletionEntries),
		TaskrunFlag:       e.config.BusyPoll >= 0,
	})
	if err != nil {
		l.mail.close()
		return nil, err
	}
	return l, nil
}

// listen opens a listening socket of the loop's own for every address.
func (l *loop) listen(places []*listen.Reservation) error {
	for i, place := range places {
		fd, err := place.Listen(l.config.Backlog)
		if err != nil {
			return err
		}
		l.listeners = append(l.listeners, &listener{index: uint32(i), fd: fd, addr: place.Addr()})
	}
	return nil
}

// run serves until the engine stops or the ring fails. The goroutine stays
// locked, so that its thread, with its affinity and its ring, ends with it.
func (l *loop) run() error {
	runtime.LockOSThread()
	err := l.begin()
	for err == nil && !l.finished() {
		err = l.turn()
	}
	if err != nil {
		err = fmt.Errorf("loop %d: %w", l.index, err)
	}
	return errors.Join(err, l.end())
}

// turn is one round of the loop. Everything that a round has written goes out
// with the one io_uring_enter of the next.
func (l *loop) turn() error {
	l.stats.Turns++
	l.flush()
	if err := l.submitAndWait(); err != nil {
		return err
	}
	taken := l.ring.Unsubmitted() == 0 // what reap pushes does not count
	l.reap()
	if taken && !l.ring.Overflowed() {
		l.settle()
	}
	l.deliver()
	l.expire()
	if l.phase != serving {
		l.windDown()
	}
	return nil
}

// begin prepares the ring on the loop's own thread.
func (l *loop) begin() error {
	if l.cpu >= 0 {
		if err := cpuaffinity.PinThread(l.cpu); err != nil {
			return err
		}
	}
	if err := l.ring.Enable(); err != nil {
		return err
	}
	var err error
	l.buffers, err = ioring.NewBuffers(l.ring, bufferGroup, l.config.BufferCount, l.config.BufferSize)
	if err != nil {
		return err
	}
	l.watchMail()
	for _, ln := range l.listeners {
		l.accept(ln)
	}
	return nil
}

// end frees what the loop owns. Tasks that came too late find their connection
// closed.
func (l *loop) end() error {
	for _, c := range l.slots.conns {
		if c != nil { // only after an error of the ring
			c.close(net.ErrClosed)
			_ = unix.Close(int(c.fd.Swap(-1)))
		}
	}
	for _, ln := range l.listeners {
		ln.close()
	}
	final := l.snapshot()
	l.final.Store(&final)
	for _, task := range l.mail.close() {
		task()
	}
	var err error
	if l.buffers != nil {
		err = l.buffers.Close()
	}
	return errors.Join(err, l.ring.Close())
}

// submitAndWait hands the kernel everything that was pushed, and sleeps until
// something completes unless there is something to do already.
func (l *loop) submitAndWait() error {
	if l.mail.waiting() || l.impatient || len(l.dirty) > 0 || l.hurried() {
		return l.ring.Submit()
	}
	limit := l.poller.limit()
	if patience := l.patience(); patience >= 0 {
		limit = min(limit, patience)
	}
	if limit > 0 {
		found, err := l.look(limit)
		if l.poller.looked(found); found || err != nil {
			return err
		}
	}
	if !l.mail.sleep() {
		return l.ring.Submit()
	}
	start := time.Now()
	err := l.ring.SubmitAndWait(l.patience())
	l.poller.slept(time.Since(start))
	l.mail.awake()
	return err
}

// reap reads all completions, and only then gives the buffers back.
func (l *loop) reap() {
	if l.ring.Overflowed() {
		l.stats.CQOverflows++
	}
	for cqe := l.ring.Next(); cqe != nil; cqe = l.ring.Next() {
		l.dispatch(cqe)
	}
	l.buffers.Publish()
}

func (l *loop) dispatch(cqe *ioring.CQE) {
	t := token(cqe.UserData)
	switch t.op() {
	case opWake:
		l.onWake(cqe)
		return
	case opAccept:
		l.onAccept(l.listeners[t.slot()], cqe)
		return
	case opUnlisten:
		return
	}
	c := l.slots.get(t.slot(), t.generation())
	if c == nil {
		l.onStale(t, cqe)
		return
	}
	switch t.op() {
	case opReceive:
		c.onReceive(cqe)
	case opSend:
		c.onSend(cqe)
	case opHangup:
		c.onHangup(cqe)
	case opCancel:
		c.onCancel(cqe)
	}
	c.release()
}

// onStale drops a completion whose connection has gone. Connections wait for
// everything but the ends of cancellations, so nothing else comes here, and the
// counter says so.
func (l *loop) onStale(t token, cqe *ioring.CQE) {
	if t.op() == opCancel {
		return
	}
	l.stats.StaleCQEs++
	if id, ok := ioring.BufferID(cqe); ok {
		l.buffers.Return(id)
	}
}

// flush looks once at every connection that was written to, or whose reading
// must be thought over.
func (l *loop) flush() {
	for i := 0; i < len(l.dirty); i++ { // it may grow meanwhile
		c := l.dirty[i]
		c.dirty = false
		c.flush()
		c.release()
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

// settle ends the sends of which no completion has come. The kernel must have
// taken every entry, and every completion must have been read.
func (l *loop) settle() {
	l.impatient = false
	for _, c := range l.unsettled {
		c.settle()
		c.release()
	}
	clear(l.unsettled)
	l.unsettled = l.unsettled[:0]
}

// deliver runs what was posted from outside.
func (l *loop) deliver() {
	if !l.mail.waiting() {
		return
	}
	tasks := l.mail.take(l.tasks[:0])
	for i, task := range tasks {
		task()
		tasks[i] = nil
	}
	l.tasks = tasks
}

// watchMail polls the mailbox's eventfd.
func (l *loop) watchMail() {
	l.ring.Push(ioring.PollEach(l.mail.fd, unix.POLLIN, makeToken(opWake, 0, 0)))
}

func (l *loop) onWake(cqe *ioring.CQE) {
	l.stats.Wakeups++
	if cqe.Flags&ioring.CQEMore == 0 {
		l.watchMail()
	}
}

// expire ends what has waited long enough.
func (l *loop) expire() {
	if l.acceptRetry.IsZero() && l.lingers.empty() {
		return
	}
	now := time.Now()
	if !l.acceptRetry.IsZero() && !now.Before(l.acceptRetry) {
		l.acceptAgain()
	}
	for due, ok := l.lingers.pop(now); ok; due, ok = l.lingers.pop(now) {
		if c := l.slots.get(due.slot, due.generation); c != nil {
			c.onLingered(now)
			c.release()
		}
	}
}

// patience returns how long the loop may sleep: until the next deadline, or
// without limit if there is none.
func (l *loop) patience() time.Duration {
	next := l.lingers.next()
	if !l.acceptRetry.IsZero() && (next.IsZero() || l.acceptRetry.Before(next)) {
		next = l.acceptRetry
	}
	if next.IsZero() {
		return -1
	}
	return max(0, time.Until(next))
}

// act carries out what a callback of c has asked for.
func (l *loop) act(c *conn, action Action) {
	switch action {
	case Close:
		c.close(nil)
	case Shutdown:
		l.engine.shutdown()
	}
}

// snapshot returns the counters. It runs on the loop.
func (l *loop) snapshot() LoopStats {
	stats := l.stats
	stats.Loop, stats.CPU = l.index, l.cpu
	stats.Connections = uint64(l.connections.Load())
	stats.Enters, stats.Waits = l.ring.Enters, l.ring.Waits
	return stats
}
