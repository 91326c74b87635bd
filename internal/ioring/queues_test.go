package ioring

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The kernel would need hours to bring its 32-bit indexes to their wrap, so
// these queues are made of plain memory, and the test plays the kernel.
func TestQueues_IndexesWrapAt32Bits(t *testing.T) {
	const start = math.MaxUint32 - 5
	var khead, ktail, kflags uint32 = start, start, 0
	sq := submissions{khead: &khead, ktail: &ktail, kflags: &kflags, tail: start}
	var chead, ctail uint32 = start, start
	cq := completions{khead: &chead, ktail: &ctail, mask: 3, cqes: make([]CQE, 4), head: start}

	for i := range uint64(12) {
		sq.tail++
		sq.publish()
		require.Equal(t, uint32(1), sq.pending())
		khead++ // the kernel takes it
		require.Zero(t, sq.pending())
		require.Equal(t, ktail, khead)

		cq.cqes[ctail&cq.mask].UserData = i
		ctail++ // the kernel completes it
		require.Equal(t, uint32(1), cq.ready())
		cqe := cq.next()
		require.NotNil(t, cqe)
		require.Equal(t, i, cqe.UserData)
		require.Nil(t, cq.next())
		cq.publish()
		require.Equal(t, ctail, chead)
	}
	require.Less(t, ctail, uint32(start), "the indexes have not wrapped")
}
