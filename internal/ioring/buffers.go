package ioring

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// BuffersMax is the largest number of buffers in a ring of them. The kernel
// takes 32768; giouring computes their places in 16 bits.
const BuffersMax = 4096

// Buffers is a ring of provided buffers, all of one size, from which the kernel
// chooses one for each arrival. Each buffer is either with the kernel or lent to
// the caller, from the completion that names it until Return. Owned by the
// thread of its Ring. See io_uring_register_buf_ring(3).
type Buffers struct {
	ring     *Ring
	group    uint16
	size     int
	mask     int
	entries  *giouring.BufAndRing // the ring, shared with the kernel
	header   []byte               // mapping of the ring
	memory   []byte               // mapping of the buffers
	returned int                  // buffers added since the last Publish
}

// NewBuffers maps and registers count buffers, a power of two up to BuffersMax,
// of size bytes each, as the given group of the ring, and hands them all to the
// kernel.
func NewBuffers(r *Ring, group uint16, count, size int) (*Buffers, error) {
	if count < 1 || count > BuffersMax || count&(count-1) != 0 || size < 1 {
		return nil, fmt.Errorf("provide buffers: %d of %d bytes: %w", count, size, unix.EINVAL)
	}
	b := &Buffers{ring: r, group: group, size: size, mask: giouring.BufRingMask(uint32(count))}
	var err error
	if b.header, err = mapAnonymous(count * int(unsafe.Sizeof(giouring.BufAndRing{}))); err != nil {
		return nil, err
	}
	if b.memory, err = mapAnonymous(count * size); err != nil {
		return nil, errors.Join(err, b.unmap())
	}
	b.entries = (*giouring.BufAndRing)(unsafe.Pointer(&b.header[0]))
	if err := b.register(count); err != nil {
		return nil, errors.Join(err, b.unmap())
	}
	b.entries.BufRingInit()
	for id := range count {
		b.Return(uint16(id))
	}
	b.Publish()
	return b, nil
}

func mapAnonymous(size int) ([]byte, error) {
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANONYMOUS|unix.MAP_PRIVATE)
	return memory, os.NewSyscallError("mmap", err)
}

func (b *Buffers) register(count int) error {
	reg := &giouring.BufReg{
		RingAddr:    uint64(uintptr(unsafe.Pointer(b.entries))),
		RingEntries: uint32(count),
		Bgid:        b.group,
	}
	if _, err := b.ring.raw.RegisterBufferRing(reg, 0); err != nil {
		return fmt.Errorf("provide buffers: %w", err)
	}
	return nil
}

// Bytes returns the first n bytes of a lent buffer.
func (b *Buffers) Bytes(id uint16, n int) []byte {
	start := int(id) * b.size
	return b.memory[start : start+n : start+n]
}

// Size returns the size of a buffer in bytes.
func (b *Buffers) Size() int { return b.size }

// Return gives a lent buffer back. The kernel sees it after Publish.
func (b *Buffers) Return(id uint16) {
	address := uintptr(unsafe.Pointer(&b.memory[int(id)*b.size]))
	b.entries.BufRingAdd(address, uint32(b.size), id, b.mask, b.returned)
	b.returned++
}

// Publish shows all returned buffers to the kernel, by one store that is
// ordered after the writes of their entries.
func (b *Buffers) Publish() {
	if b.returned > 0 {
		b.entries.BufRingAdvance(b.returned)
		b.returned = 0
	}
}

// Close takes the buffers away from the kernel and unmaps them. No operation
// that uses them may be armed.
func (b *Buffers) Close() error {
	_, err := b.ring.raw.UnregisterBufferRing(int(b.group))
	return errors.Join(err, b.unmap())
}

func (b *Buffers) unmap() error {
	var errs []error
	for _, memory := range [][]byte{b.header, b.memory} {
		if memory != nil {
			errs = append(errs, os.NewSyscallError("munmap", unix.Munmap(memory)))
		}
	}
	b.header, b.memory, b.entries = nil, nil, nil
	return errors.Join(errs...)
}
