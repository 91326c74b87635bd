package ioring

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func provide(t testing.TB, r *Ring, count, size int) *Buffers {
	t.Helper()
	b, err := NewBuffers(r, 1, count, size)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// finish ends the receive on a reader by closing its peer, so that nothing is
// armed when the buffers go.
func finish(t testing.TB, r *Ring, writer int) {
	t.Helper()
	require.NoError(t, unix.Shutdown(writer, unix.SHUT_WR))
	cqe := await(t, r)
	require.Zero(t, cqe.Res)
	require.Zero(t, cqe.Flags&CQEMore)
}

// The tail of a buffer ring has 16 bits.
func TestBuffers_TailWrapsAt16Bits(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	buffers := provide(t, r, 4, 16)
	reader, writer := pair(t)
	r.Push(Receive(reader, 1, 7))
	message := make([]byte, 4)
	for i := range 70_000 {
		message[0], message[1], message[2] = byte(i), byte(i>>8), byte(i>>16)
		_, err := unix.Write(writer, message)
		require.NoError(t, err)
		cqe := await(t, r)
		id, ok := BufferID(&cqe)
		if !ok || !bytes.Equal(message, buffers.Bytes(id, int(cqe.Res))) || cqe.Flags&CQEMore == 0 {
			t.Fatalf("message %d: result %d flags %#x", i, cqe.Res, cqe.Flags)
		}
		buffers.Return(id)
		buffers.Publish()
	}
	finish(t, r, writer)
}

func TestBuffers_AllPlacesOfTheLargestRing(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 2 * BuffersMax})
	buffers := provide(t, r, BuffersMax, 8)
	reader, writer := pair(t)
	r.Push(Receive(reader, 1, 7))
	seen := map[uint16]bool{}
	for range BuffersMax {
		_, err := unix.Write(writer, []byte("12345678"))
		require.NoError(t, err)
		cqe := await(t, r)
		id, ok := BufferID(&cqe)
		require.True(t, ok)
		require.Equal(t, "12345678", string(buffers.Bytes(id, int(cqe.Res))))
		seen[id] = true
	}
	require.Len(t, seen, BuffersMax)
	_, err := unix.Write(writer, []byte("more"))
	require.NoError(t, err)
	cqe := await(t, r)
	require.Equal(t, -int32(unix.ENOBUFS), cqe.Res)
}

func TestBuffers_OneBufferUnderAFlood(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	buffers := provide(t, r, 1, 100)
	reader, writer := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	_, err := unix.Write(writer, sent)
	require.NoError(t, err)
	require.NoError(t, unix.Shutdown(writer, unix.SHUT_WR))

	var received []byte
	exhausted := 0
	r.Push(Receive(reader, 1, 7))
	for {
		cqe := await(t, r)
		if id, ok := BufferID(&cqe); ok {
			received = append(received, buffers.Bytes(id, int(cqe.Res))...)
			buffers.Return(id)
			buffers.Publish()
		}
		if cqe.Res == 0 {
			break
		}
		if cqe.Flags&CQEMore == 0 {
			if cqe.Res < 0 {
				require.Equal(t, -int32(unix.ENOBUFS), cqe.Res)
				exhausted++
			}
			r.Push(Receive(reader, 1, 7))
		}
	}
	require.Equal(t, sent, received)
	require.Positive(t, exhausted)
}

func TestNewBuffers_WrongSizesAreRefused(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	for _, count := range []int{-1, 0, 3, 2 * BuffersMax} {
		_, err := NewBuffers(r, 1, count, 64)
		require.ErrorIs(t, err, unix.EINVAL, "count %d", count)
	}
	_, err := NewBuffers(r, 1, 4, 0)
	require.ErrorIs(t, err, unix.EINVAL)
	provide(t, r, 4, 64)
	_, err = NewBuffers(r, 1, 4, 64)
	require.ErrorIs(t, err, unix.EEXIST, "a group that is in use")
}
