package uring

// blocksKept bounds the free list of a loop, and blockMax the size of what goes
// back to it; the rest is left to the garbage collector.
const (
	blocksKept = 256
	blockMax   = 64 << 10
)

// blocks is a free list of memory for output, so that an idle connection holds
// none and a busy one allocates none. Owned by the loop.
type blocks struct {
	size int // capacity of a new block in bytes
	free [][]byte
}

// take returns an empty block.
func (b *blocks) take() []byte {
	if n := len(b.free); n > 0 {
		block := b.free[n-1]
		b.free = b.free[:n-1]
		return block
	}
	return make([]byte, 0, b.size)
}

// give takes a block back. The kernel must have read it.
func (b *blocks) give(block []byte) {
	if len(b.free) < blocksKept && cap(block) <= blockMax {
		b.free = append(b.free, block[:0])
	}
}
