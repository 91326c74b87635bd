package rawsys

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// socketPair returns two connected non-blocking sockets.
func socketPair(t *testing.T) (a, b int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, unix.Close(pair[0]))
		require.NoError(t, unix.Close(pair[1]))
	})
	return pair[0], pair[1]
}

func TestReadWrite_CarryBytes(t *testing.T) {
	a, b := socketPair(t)
	buffer := make([]byte, 16)
	_, err := Read(b, buffer)
	require.ErrorIs(t, err, unix.EAGAIN)
	n, err := Write(a, []byte("55\n"))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = Read(b, buffer)
	require.NoError(t, err)
	require.Equal(t, "55\n", string(buffer[:n]))
}

func TestReadWrite_BadDescriptor(t *testing.T) {
	_, err := Read(-1, make([]byte, 1))
	require.ErrorIs(t, err, unix.EBADF)
	n, err := Write(-1, make([]byte, 1))
	require.ErrorIs(t, err, unix.EBADF)
	require.Zero(t, n)
}

func TestEpollWait_ReportsReadable(t *testing.T) {
	a, b := socketPair(t)
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(epoll)
	require.NoError(t, unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, b, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: 7}))
	events := make([]unix.EpollEvent, 4)
	n, err := EpollWait(epoll, events, 0)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = Write(a, []byte{1})
	require.NoError(t, err)
	n, err = EpollWait(epoll, events, 1000)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, int32(7), events[0].Fd)
}
