package ioring

import (
	"sync/atomic"
	"unsafe"

	"github.com/pawelgaczynski/giouring"
)

// submissions are the words of the submission queue that are shared with the
// kernel. Entries themselves are reached through giouring's GetSQE.
type submissions struct {
	khead  *uint32 // the kernel stores it after it has copied an entry
	ktail  *uint32 // we store it after an entry is complete
	kflags *uint32 // set and cleared by the kernel at any time
	tail   uint32  // entries filled so far; runs ahead of ktail until publish
}

// publish makes the filled entries visible to the kernel: the store is ordered
// after the writes of the entries.
func (s *submissions) publish() { atomic.StoreUint32(s.ktail, s.tail) }

// pending returns how many entries the kernel has not taken yet. The difference
// is right across the wrap of the 32-bit indexes.
func (s *submissions) pending() uint32 { return s.tail - atomic.LoadUint32(s.khead) }

func (s *submissions) has(flag uint32) bool { return atomic.LoadUint32(s.kflags)&flag != 0 }

// completions are the words of the completion queue.
type completions struct {
	khead *uint32 // we store it after entries have been read
	ktail *uint32 // the kernel stores it after entries are complete
	mask  uint32
	cqes  []CQE
	head  uint32 // entries read so far; runs ahead of khead until publish
}

// next returns the next completion, or nil. The load of the tail is ordered
// before the reads of the entry, which stays valid until publish.
func (c *completions) next() *CQE {
	if c.head == atomic.LoadUint32(c.ktail) {
		return nil
	}
	cqe := &c.cqes[c.head&c.mask]
	c.head++
	return cqe
}

// ready returns how many completions have not been read yet.
func (c *completions) ready() uint32 { return atomic.LoadUint32(c.ktail) - c.head }

// publish gives the slots of the completions read back to the kernel.
func (c *completions) publish() { atomic.StoreUint32(c.khead, c.head) }

// locate points both queues into a mapping of the rings.
func locate(rings []byte, p *params) (submissions, completions) {
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&rings[off])) }
	sq := submissions{
		khead:  word(p.sqOff.head),
		ktail:  word(p.sqOff.tail),
		kflags: word(p.sqOff.flags),
	}
	cq := completions{
		khead: word(p.cqOff.head),
		ktail: word(p.cqOff.tail),
		mask:  *word(p.cqOff.ringMask),
		cqes:  unsafe.Slice((*CQE)(unsafe.Pointer(&rings[p.cqOff.cqes])), p.cqEntries),
	}
	sq.tail, cq.head = *sq.ktail, *cq.khead
	return sq, cq
}

// ringsSize returns how many bytes of the ring descriptor hold both queues.
func ringsSize(p *params) int {
	sq := p.sqOff.array + p.sqEntries*uint32(unsafe.Sizeof(uint32(0)))
	cq := p.cqOff.cqes + p.cqEntries*uint32(unsafe.Sizeof(giouring.CompletionQueueEvent{}))
	return int(max(sq, cq))
}
