package ioring

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// bufferSizes makes a socket's buffer small and returns how much it takes.
func shrink(t *testing.T, writer int) {
	t.Helper()
	require.NoError(t, unix.SetsockoptInt(writer, unix.SOL_SOCKET, unix.SO_SNDBUF, 4096))
}

func TestSendNow_WholeIsSilent(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	reader, writer := pair(t)
	r.Push(SendNow(writer, []byte("hello"), 1))
	require.NoError(t, r.Submit())
	require.Zero(t, r.Unsubmitted())
	require.Nil(t, r.Next())
	p := make([]byte, 8)
	n, err := unix.Read(reader, p)
	require.NoError(t, err)
	require.Equal(t, "hello", string(p[:n]))
}

func TestSendNow_PartThenNothing(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	reader, writer := pair(t)
	shrink(t, writer)
	big := make([]byte, 1<<20)
	r.Push(SendNow(writer, big, 1))
	require.NoError(t, r.Submit())
	cqe := r.Next()
	require.NotNil(t, cqe, "a part was sent: the completion must say so at once")
	sent := int(cqe.Res)
	require.Positive(t, sent)
	require.Less(t, sent, len(big))

	r.Push(SendNow(writer, big, 2))
	require.NoError(t, r.Submit())
	cqe = r.Next()
	require.NotNil(t, cqe)
	require.Equal(t, uint64(2), cqe.UserData)
	require.Equal(t, -int32(unix.EAGAIN), cqe.Res)

	received := 0
	for p := make([]byte, 1<<16); received < sent; {
		n, err := unix.Read(reader, p)
		require.NoError(t, err)
		received += n
	}
	require.Equal(t, sent, received)
}

func TestSendNow_PeerGone(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	reader, writer := pair(t)
	require.NoError(t, unix.Shutdown(reader, unix.SHUT_RDWR))
	r.Push(SendNow(writer, []byte("x"), 1))
	require.NoError(t, r.Submit())
	require.Equal(t, -int32(unix.EPIPE), r.Next().Res)
}

func TestSend_WaitsForThePeer(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	reader, writer := pair(t)
	shrink(t, writer)
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = byte(i * 7)
	}
	received := make(chan []byte)
	go func() {
		var all []byte
		for p := make([]byte, 5000); len(all) < len(big); {
			n, err := unix.Read(reader, p)
			if err != nil || n == 0 {
				break
			}
			all = append(all, p[:n]...)
		}
		received <- all
	}()
	for rest := big; len(rest) > 0; {
		r.Push(Send(writer, rest, 1))
		cqe := await(t, r)
		require.Positive(t, cqe.Res)
		rest = rest[cqe.Res:]
	}
	require.Equal(t, big, <-received)
}

func TestAccept_StaysArmedAndIsCancelledByDescriptor(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(listener)
	require.NoError(t, unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, unix.Listen(listener, 16))
	address, err := unix.Getsockname(listener)
	require.NoError(t, err)
	r.Push(Accept(listener, 1))
	for range 5 {
		client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		require.NoError(t, err)
		require.NoError(t, unix.Connect(client, address))
		cqe := await(t, r)
		require.Positive(t, cqe.Res)
		require.NotZero(t, cqe.Flags&CQEMore)
		flags, err := unix.FcntlInt(uintptr(cqe.Res), unix.F_GETFL, 0)
		require.NoError(t, err)
		require.Zero(t, flags&unix.O_NONBLOCK, "the ring does not wait on a non-blocking socket")
		require.NoError(t, unix.Close(int(cqe.Res)))
		require.NoError(t, unix.Close(client))
	}
	r.Push(CancelFd(listener, 2))
	results := map[uint64]int32{}
	for len(results) < 2 {
		cqe := await(t, r)
		results[cqe.UserData] = cqe.Res
	}
	require.Equal(t, map[uint64]int32{1: -int32(unix.ECANCELED), 2: 1}, results)
}

func TestPollEach_PostsEachTime(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	require.NoError(t, err)
	defer unix.Close(fd)
	r.Push(PollEach(fd, unix.POLLIN, 9))
	require.NoError(t, r.Submit())
	for range 3 { // the counter is never read: each write counts
		_, err := unix.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		require.NoError(t, err)
		cqe := await(t, r)
		require.Equal(t, uint64(9), cqe.UserData)
		require.NotZero(t, cqe.Flags&CQEMore)
	}
	r.Push(Cancel(9, 10))
	for seen := 0; seen < 2; seen++ {
		if cqe := await(t, r); cqe.UserData == 9 {
			require.Equal(t, -int32(unix.ECANCELED), cqe.Res)
		}
	}
}
