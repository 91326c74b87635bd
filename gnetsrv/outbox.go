package gnetsrv

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// outbox holds output that the kernel did not take at once. It has a copy of the
// connection's descriptor, through which a goroutine sends on while there is
// something to send, and with which the connection outlives gnet's: half-closed,
// or lingering after its end.
//
// Methods are called on the loop unless they say otherwise.
type outbox struct {
	conn *conn
	fd   int             // immutable; closed with file
	file *os.File        // safe for concurrent use
	raw  syscall.RawConn // of file

	halfClosed bool // the peer has sent its FIN; set before finish
	mu         sync.Mutex
	waiting    []byte // guarded by mu: not yet taken by the goroutine
	size       int    // guarded by mu: bytes not yet in the kernel
	congested  bool   // guarded by mu: size was above maxOutbound, and is not down to half of it
	running    bool   // guarded by mu: true exactly while the goroutine sends or lingers
	last       bool   // guarded by mu: nothing more will come
	failed     bool   // guarded by mu: sending is over for an error
}

// newOutbox makes an outbox with a copy of fd, c's descriptor.
func newOutbox(c *conn, fd int) (*outbox, error) {
	fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("copy descriptor: %w", os.NewSyscallError("fcntl", err))
	}
	o := &outbox{conn: c, fd: fd, file: os.NewFile(uintptr(fd), "tcp")}
	if o.raw, err = o.file.SyscallConn(); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// close gives the copy back, and ends its goroutines. What has not been sent is
// lost. Safe for concurrent use, also twice.
func (o *outbox) close() { _ = o.file.Close() }

// start runs a goroutine that the engine's end waits for.
func (o *outbox) start(body func()) {
	o.conn.loop.server.goroutines.Go(body)
}

// add appends the bytes of parts but the first skip.
func (o *outbox) add(parts [][]byte, skip int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed {
		return // the connection is about to learn it
	}
	for _, part := range parts {
		skipped := min(skip, len(part))
		skip -= skipped
		o.waiting = append(o.waiting, part[skipped:]...)
		o.size += len(part) - skipped
	}
	o.congested = o.congested || o.size > maxOutbound
	if !o.running && o.size > 0 {
		o.running = true
		o.start(o.send)
	}
}

// buffered returns the number of bytes that the kernel has not taken.
func (o *outbox) buffered() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.size
}

// idle reports whether no goroutine sends and none is needed.
func (o *outbox) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.running && o.size == 0
}

// finish sends what is left and then parts with the peer, for at most timeout.
func (o *outbox) finish(timeout time.Duration) {
	_ = o.file.SetDeadline(time.Now().Add(timeout))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = true
	if !o.running {
		o.running = true
		o.start(o.send)
	}
}

// send is the goroutine: it ends when nothing is left to send, or after the
// last byte when the peer has been parted with.
func (o *outbox) send() {
	for {
		chunk, last := o.take()
		if len(chunk) == 0 {
			if last {
				o.linger()
			}
			return
		}
		if err := o.write(chunk); err != nil {
			o.giveUp(err)
			return
		}
	}
}

// take returns what waits. When there is nothing, the goroutine must end, and
// last says whether the connection does too.
func (o *outbox) take() (chunk []byte, last bool) {
	o.mu.Lock()
	chunk, o.waiting = o.waiting, nil
	last = o.last
	idle := len(chunk) == 0 && !last
	o.running = !idle
	o.mu.Unlock()
	if idle {
		o.conn.loop.mail.post(o.conn.onDrained)
	}
	return chunk, last
}

// write hands chunk to the kernel as it takes it. Called by the goroutine.
func (o *outbox) write(chunk []byte) error {
	for len(chunk) > 0 {
		n := 0
		var errno error
		err := o.raw.Write(func(fd uintptr) bool {
			n, errno = unix.Write(int(fd), chunk)
			return errno != unix.EAGAIN
		})
		switch {
		case err != nil:
			return err
		case errno == unix.EINTR:
			continue
		case errno != nil:
			return os.NewSyscallError("write", errno)
		}
		chunk = chunk[n:]
		o.shrink(n)
	}
	return nil
}

// shrink takes note of n bytes sent. Called by the goroutine.
func (o *outbox) shrink(n int) {
	o.mu.Lock()
	o.size -= n
	relieved := o.congested && o.size <= maxOutbound/2
	o.congested = o.congested && !relieved
	o.mu.Unlock()
	if relieved {
		o.conn.loop.mail.post(o.conn.onRelieved)
	}
}

// giveUp ends sending after an error. Called by the goroutine.
func (o *outbox) giveUp(err error) {
	o.mu.Lock()
	last := o.last
	o.waiting, o.size, o.failed, o.running = nil, 0, true, false
	o.mu.Unlock()
	if last {
		o.part()
		return
	}
	c := o.conn
	c.loop.mail.post(func() { c.fail(err) })
}
