package gnetsrv

import (
	"bytes"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// halfEcho is an echo that leaves half-closed connections open.
type halfEcho struct {
	*echo
	halfClosed chan uring.Conn
}

func (h *halfEcho) OnReadClosed(c uring.Conn) uring.Action {
	h.halfClosed <- c
	return uring.None
}

func newHalfEcho() *halfEcho {
	return &halfEcho{newEcho(), make(chan uring.Conn, 1024)}
}

func TestConn_DetachWithoutDescriptors(t *testing.T) {
	h := newHalfEcho()
	client := dial(t, start(t, h, Config{}))
	roundTrip(t, client, "hello")
	testutil.LimitDescriptors(t, 3)
	require.NoError(t, client.(*net.TCPConn).CloseWrite())
	<-h.halfClosed
	require.ErrorIs(t, <-h.ended, unix.EMFILE)
	_, err := io.ReadAll(client)
	require.NoError(t, err)
}

// much is more than any socket takes.
var much = bytes.Repeat([]byte("0123456789abcde\n"), 1<<20)

func TestConn_BacklogWithoutDescriptors(t *testing.T) {
	h := newEcho()
	conns := make(chan uring.Conn, 1)
	h.open = func(c uring.Conn) { conns <- c }
	client := dial(t, start(t, h, Config{}))
	roundTrip(t, client, "hello")
	testutil.LimitDescriptors(t, 3)
	written := make(chan error, 1)
	require.NoError(t, (<-conns).AsyncWrite(much, func(_ uring.Conn, err error) error {
		written <- err
		return nil
	}))
	require.ErrorIs(t, <-written, unix.EMFILE)
	require.ErrorIs(t, <-h.ended, unix.EMFILE)
}

// A backlog costs a descriptor and a goroutine only while it lasts.
func TestConn_BacklogIsGivenBack(t *testing.T) {
	h := newEcho()
	conns := make(chan uring.Conn, 1)
	h.open = func(c uring.Conn) { conns <- c }
	client := dial(t, start(t, h, Config{}))
	roundTrip(t, client, "hello")
	before := len(testutil.Descriptors(t))
	conn := <-conns
	for range 3 {
		buffered := make(chan int, 1)
		require.NoError(t, conn.AsyncWrite(much, func(c uring.Conn, err error) error {
			assert.NoError(t, err)
			buffered <- c.OutboundBuffered()
			return nil
		}))
		require.NotZero(t, <-buffered)
		require.Greater(t, len(testutil.Descriptors(t)), before)
		got := make([]byte, len(much))
		_, err := io.ReadFull(client, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(much, got))
		for start := time.Now(); time.Since(start) < patience && len(testutil.Descriptors(t)) > before; {
			runtime.Gosched()
		}
		require.Len(t, testutil.Descriptors(t), before)
	}
	roundTrip(t, client, "as before")
}

// Stop does not wait for the peers of closed connections, however long they may
// linger: start's cleanup would lose patience.
func TestStop_DuringLinger(t *testing.T) {
	eng := start(t, newEcho(), Config{Linger: 10 * patience})
	for range 20 {
		client := dial(t, eng)
		_, err := io.WriteString(client, "close")
		require.NoError(t, err)
		got, err := io.ReadAll(client)
		require.NoError(t, err)
		require.Equal(t, "close", string(got))
	}
	dial(t, eng) // and one that is open
}

// tcpPair returns the two ends of a connection.
func tcpPair(t *testing.T) (server, client *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	other, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { other.Close() })
	return other.(*net.TCPConn), conn.(*net.TCPConn)
}

// onFD calls f with the descriptor of a connection.
func onFD(t *testing.T, c *net.TCPConn, f func(fd int)) {
	t.Helper()
	raw, err := c.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) { f(int(fd)) }))
}

func TestHangup_TellsDeadFromHalfClosed(t *testing.T) {
	server, client := tcpPair(t)
	onFD(t, server, func(fd int) { require.NoError(t, hangup(fd), "open") })
	require.NoError(t, client.CloseWrite())
	_, err := server.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	onFD(t, server, func(fd int) { require.NoError(t, hangup(fd), "half-closed") })
	require.NoError(t, client.SetLinger(0))
	require.NoError(t, client.Close())
	onFD(t, server, func(fd int) { require.ErrorIs(t, hangup(fd), unix.ECONNRESET) })
}

func TestSwallow_DiscardsUpToTheEnd(t *testing.T) {
	server, client := tcpPair(t)
	onFD(t, server, func(fd int) { require.False(t, swallow(fd)) })
	_, err := client.Write(make([]byte, 200000))
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	onFD(t, server, func(fd int) {
		for start := time.Now(); !swallow(fd); {
			require.Less(t, time.Since(start), patience)
		}
	})
	require.Equal(t, [discardSize]byte{}, discarded)
}

func TestLeftover_ReadsLikeGnet(t *testing.T) {
	l := &leftover{bytes: []byte("0123456789")}
	require.Equal(t, 10, l.InboundBuffered())
	p, err := l.Peek(3)
	require.NoError(t, err)
	require.Equal(t, "012", string(p))
	_, err = l.Peek(11)
	require.Equal(t, io.ErrShortBuffer, err)
	_, err = l.Next(11)
	require.Equal(t, io.ErrShortBuffer, err)
	n, err := l.Discard(1)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	p, err = l.Next(2)
	require.NoError(t, err)
	require.Equal(t, "12", string(p))
	buf := make([]byte, 3)
	n, err = l.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "345", string(buf[:n]))
	var rest bytes.Buffer
	written, err := l.WriteTo(&rest)
	require.NoError(t, err)
	require.EqualValues(t, 4, written)
	require.Equal(t, "6789", rest.String())
	_, err = l.Read(buf)
	require.Equal(t, io.ErrShortBuffer, err)

	l.bytes = []byte("abc")
	p, err = l.Next(-1)
	require.NoError(t, err)
	require.Equal(t, "abc", string(p))
	l.bytes = []byte("abc")
	n, err = l.Discard(100)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Zero(t, l.InboundBuffered())
}

func TestKeepZone_Copies(t *testing.T) {
	plain := &net.TCPAddr{IP: net.IPv6loopback, Port: 1}
	require.Same(t, plain, keepZone(plain))
	zoned := &net.TCPAddr{IP: net.IPv6loopback, Port: 1, Zone: "eth0"}
	require.Equal(t, zoned, keepZone(zoned))
	require.NotSame(t, zoned, keepZone(zoned))
}

func TestConn_SocketOptions(t *testing.T) {
	h := newEcho()
	h.open = func(c uring.Conn) {
		assert.NoError(t, c.SetReadBuffer(8192))
		assert.NoError(t, c.SetWriteBuffer(8192))
		assert.NoError(t, c.SetNoDelay(false))
		assert.NoError(t, c.SetNoDelay(true))
		assert.NoError(t, c.SetKeepAlivePeriod(time.Minute))
		assert.NoError(t, c.SetKeepAlive(true, time.Minute, time.Second, 3))
		assert.NoError(t, c.SetLinger(-1))
		for option, want := range map[int]int{unix.TCP_NODELAY: 1, unix.TCP_KEEPIDLE: 60, unix.TCP_KEEPINTVL: 1, unix.TCP_KEEPCNT: 3} {
			got, err := unix.GetsockoptInt(c.Fd(), unix.IPPROTO_TCP, option)
			assert.NoError(t, err)
			assert.Equal(t, want, got, "option %d", option)
		}
	}
	roundTrip(t, dial(t, start(t, h, Config{})), "hello")
}

func TestListeners_FindsOnlyItsOwn(t *testing.T) {
	testutil.CheckLeaks(t)
	ours, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ours.Close()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	copies := listeners([]*net.TCPAddr{ours.Addr().(*net.TCPAddr)})
	require.Len(t, copies, 1)
	file := os.NewFile(uintptr(copies[0]), "listener")
	defer file.Close()
	again, err := net.FileListener(file)
	require.NoError(t, err)
	defer again.Close()
	require.Equal(t, ours.Addr(), again.Addr())
}
