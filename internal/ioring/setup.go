package ioring

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// The flags that every ring is asked to have. io_uring_setup(2) explains them.
const setupFlags = giouring.SetupCQSize | giouring.SetupRDisabled |
	giouring.SetupSubmitAll | giouring.SetupSingleIssuer | giouring.SetupDeferTaskrun

// peelable are setup flags that make a ring better and that an older kernel
// may not know, the newest first. In place of the first, the older way to keep
// completions from interrupting the thread.
var peelable = []struct{ drop, add uint32 }{
	{drop: giouring.SetupDeferTaskrun, add: giouring.SetupCoopTaskrun}, // 6.1
	{drop: giouring.SetupSingleIssuer},                                 // 6.0
	{drop: giouring.SetupCoopTaskrun | giouring.SetupTaskrunFlag},      // 5.19
	{drop: giouring.SetupSubmitAll},                                    // 5.18
}

// peel calls try with flags, and while the kernel answers that it does not know
// one of them, with ever fewer. It returns the flags that were granted.
func peel(flags uint32, try func(flags uint32) error) (uint32, error) {
	err := try(flags)
	for _, step := range peelable {
		if !errors.Is(err, unix.EINVAL) {
			break
		}
		flags = flags&^step.drop | step.add
		err = try(flags)
	}
	return flags, err
}

// Config is what New needs to know.
type Config struct {
	Entries           uint32 // size of the submission queue, a power of two, at least 1
	CompletionEntries uint32 // size of the completion queue, a power of two, at least Entries
	// TaskrunFlag asks the kernel to say in the ring's flags that completions
	// are ready to be collected, which is what TaskrunPending reads.
	TaskrunFlag bool
}

// New creates a ring that is still disabled. See Enable.
func New(config Config) (*Ring, error) {
	flags := uint32(setupFlags)
	if config.TaskrunFlag {
		flags |= giouring.SetupTaskrunFlag
	}
	r := &Ring{}
	_, err := peel(flags, func(flags uint32) error {
		r.raw = giouring.NewRing()
		r.params = params{flags: flags, cqEntries: config.CompletionEntries}
		return r.raw.QueueInitParams(config.Entries, (*giouring.Params)(unsafe.Pointer(&r.params)))
	})
	if err != nil {
		return nil, os.NewSyscallError("io_uring_setup", err)
	}
	if err := r.mapAgain(); err != nil {
		r.raw.QueueExit()
		return nil, err
	}
	r.enterFd = r.raw.RingFd()
	if r.params.features&featNoIOWait != 0 {
		r.enterFlags = enterNoIOWait
	}
	return r, nil
}

// mapAgain maps the queues a second time, since giouring keeps the places of
// their words to itself.
func (r *Ring) mapAgain() error {
	const need = featSingleMmap | featNoDrop | featExtArg | featCQESkip
	if missing := need &^ r.params.features; missing != 0 {
		return fmt.Errorf("set up io_uring: kernel lacks features %#x: %w", missing, syscall.EINVAL)
	}
	rings, err := unix.Mmap(r.raw.RingFd(), offSQRing, ringsSize(&r.params),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.rings = rings
	r.sq, r.cq = locate(rings, &r.params)
	return nil
}

// Enable makes the calling thread the only one that may use the ring, and
// starts it. The goroutine must be locked to its thread until Close.
func (r *Ring) Enable() error {
	if _, err := r.raw.EnableRings(); err != nil {
		return fmt.Errorf("enable io_uring: %w", err)
	}
	r.register()
	return nil
}

// anySlot asks IORING_REGISTER_RING_FDS to choose the place itself.
const anySlot = ^uint32(0)

// register puts the ring into the thread's table of registered rings, which
// saves the look-up of the file in every enter. The table has 16 places; when
// they are taken the ring works without.
func (r *Ring) register() {
	update := giouring.RsrcUpdate{Offset: anySlot, Data: uint64(r.raw.RingFd())}
	n, errno := r.raw.Register(r.raw.RingFd(), giouring.RegisterRingFDs, unsafe.Pointer(&update), 1)
	if errno != 0 || n != 1 {
		return
	}
	r.enterFd = int(update.Offset)
	r.enterFlags |= enterRegistered
}

// unregister undoes register. Otherwise the ring would live on until its thread
// ends.
func (r *Ring) unregister() error {
	if r.enterFlags&enterRegistered == 0 {
		return nil
	}
	update := giouring.RsrcUpdate{Offset: uint32(r.enterFd)}
	if _, errno := r.raw.Register(r.raw.RingFd(), giouring.UnregisterRingFDs, unsafe.Pointer(&update), 1); errno != 0 {
		return os.NewSyscallError("io_uring_register", errno)
	}
	r.enterFlags &^= enterRegistered
	return nil
}

// Close frees the ring at once: its mappings, its descriptor and its place in
// the thread's table of registered rings. It must run on the thread that called
// Enable, after every operation has completed; calling it again does nothing.
func (r *Ring) Close() error {
	if r.raw == nil {
		return nil
	}
	err := errors.Join(r.unregister(), os.NewSyscallError("munmap", unix.Munmap(r.rings)))
	r.raw.QueueExit()
	r.raw, r.rings = nil, nil
	return err
}
