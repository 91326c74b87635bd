package ioring

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNotSupported means that this kernel, or what guards it, does not allow
// io_uring in the way that an engine needs it.
var ErrNotSupported = errors.New("io_uring not supported here")

// Probe finds out whether io_uring can be used, by using it: a ring, a buffer
// ring, and one multishot receive on a pair of sockets. There are three
// outcomes: nil; an error that wraps ErrNotSupported; or another error, such as
// ENOMEM or EMFILE, that says nothing about io_uring. An error names the step
// that was refused and wraps its errno.
func Probe() error {
	done := make(chan error)
	go func() {
		// Not unlocked: the ring belonged to this thread, which ends with it.
		runtime.LockOSThread()
		done <- classify(probe())
	}()
	return <-done
}

// classify marks the errors that mean no. EINVAL does, since by then every flag
// has been peeled off.
func classify(err error) error {
	for _, no := range []unix.Errno{unix.ENOSYS, unix.EPERM, unix.EACCES, unix.EINVAL} {
		if errors.Is(err, no) {
			return fmt.Errorf("%w: %w", ErrNotSupported, err)
		}
	}
	return err
}

func probe() error {
	ring, err := New(Config{Entries: 4, CompletionEntries: 8})
	if err != nil {
		return err
	}
	defer ring.Close()
	if err := ring.Enable(); err != nil {
		return err
	}
	buffers, err := NewBuffers(ring, 0, 1, 64)
	if err != nil {
		return err
	}
	defer buffers.Close()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	defer unix.Close(pair[0])
	err = probeReceive(ring, pair[0], pair[1])
	return errors.Join(err, os.NewSyscallError("close", unix.Close(pair[1])), probeEnd(ring, err))
}

// probeReceive sends one byte and receives it by a multishot receive, which
// stays armed.
func probeReceive(ring *Ring, reader, writer int) error {
	ring.Push(Receive(reader, 0, 1))
	if _, err := unix.Write(writer, []byte{1}); err != nil {
		return os.NewSyscallError("write", err)
	}
	cqe, err := probeWait(ring)
	switch {
	case err != nil:
		return err
	case cqe.Res < 0:
		return fmt.Errorf("receive by io_uring: %w", unix.Errno(-cqe.Res))
	case cqe.Res != 1 || cqe.Flags&CQEBuffer == 0 || cqe.Flags&CQEMore == 0:
		return fmt.Errorf("receive by io_uring: result %d flags %#x: %w", cqe.Res, cqe.Flags, unix.EINVAL)
	}
	return nil
}

// probeEnd reads the last completion of the receive, which the closed peer has
// caused.
func probeEnd(ring *Ring, err error) error {
	if err != nil {
		return nil
	}
	_, err = probeWait(ring)
	return err
}

func probeWait(ring *Ring) (CQE, error) {
	const patience = 5 * time.Second
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if err := ring.SubmitAndWait(time.Until(deadline)); err != nil {
			return CQE{}, err
		}
		if cqe := ring.Next(); cqe != nil {
			return *cqe, nil
		}
	}
	return CQE{}, fmt.Errorf("receive by io_uring: no completion within %v", patience)
}
