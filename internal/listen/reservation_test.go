package listen

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// listener makes a Go listener of another socket on the reservation.
func listener(t *testing.T, r *Reservation) net.Listener {
	t.Helper()
	fd, err := r.Listen(0)
	require.NoError(t, err)
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	ln, err := net.FileListener(file)
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	return ln
}

func reservation(t *testing.T, protoAddr string) *Reservation {
	t.Helper()
	r, err := Reserve(protoAddr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// exchange sends one byte from a new client to ln's next connection.
func exchange(t *testing.T, ln net.Listener, network, addr string) {
	t.Helper()
	client, err := net.Dial(network, addr)
	require.NoError(t, err)
	defer client.Close()
	conn, err := ln.Accept()
	require.NoError(t, err)
	defer conn.Close()
	_, err = client.Write([]byte{7})
	require.NoError(t, err)
	got := make([]byte, 1)
	_, err = conn.Read(got)
	require.NoError(t, err)
	require.Equal(t, []byte{7}, got)
}

func TestReserve_ListenersShareThePort(t *testing.T) {
	r := reservation(t, "tcp://127.0.0.1:0")
	const listeners = 3
	accepted := make(chan int)
	for i := range listeners {
		ln := listener(t, r)
		require.Equal(t, r.Addr().String(), ln.Addr().String())
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				conn.Close()
				accepted <- i
			}
		}()
	}
	require.NoError(t, r.Close(), "must not disturb the listeners")

	seen := map[int]bool{}
	for tries := 0; len(seen) < listeners; tries++ {
		require.Less(t, tries, 1000, "only listeners %v get connections", seen)
		client, err := net.Dial("tcp", r.Addr().String())
		require.NoError(t, err)
		seen[<-accepted] = true
		client.Close()
	}
}

func TestReserve_PortInUse(t *testing.T) {
	r := reservation(t, "tcp://127.0.0.1:0")
	inUse := func(when string) {
		t.Helper()
		_, err := Reserve(r.ProtoAddr())
		require.ErrorIs(t, err, unix.EADDRINUSE, when)
		require.EqualError(t, err, "listen "+r.ProtoAddr()+": address already in use", when)
	}
	inUse("reserved only")
	ln := listener(t, r)
	inUse("reserved and listening with SO_REUSEPORT")
	require.NoError(t, r.Close())
	inUse("listening with SO_REUSEPORT")
	ln.Close()
	reservation(t, r.ProtoAddr())
}

func TestReserve_AfterServerWithOpenConnections(t *testing.T) {
	r := reservation(t, "tcp://127.0.0.1:0")
	ln := listener(t, r)
	client, err := net.Dial("tcp", r.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	conn, err := ln.Accept()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, ln.Close())

	again := reservation(t, r.ProtoAddr()) // beside an established connection
	_, err = Reserve(r.ProtoAddr())
	require.ErrorIs(t, err, unix.EADDRINUSE, "two servers that restart at once")
	require.NoError(t, again.Close())

	conn.Close() // this side first: it keeps the port in TIME_WAIT
	client.Close()
	again = reservation(t, r.ProtoAddr())
	exchange(t, listener(t, again), "tcp", again.Addr().String())
}

func TestReserve_Families(t *testing.T) {
	for _, test := range []struct {
		protoAddr, addr, gnetAddr string // with PORT for the port
		dial                      []string
		refuse                    []string
	}{
		{"127.0.0.1:0", "127.0.0.1:PORT", "tcp://127.0.0.1:PORT", []string{"127.0.0.1"}, nil},
		{"tcp4://localhost:0", "127.0.0.1:PORT", "tcp4://127.0.0.1:PORT", []string{"127.0.0.1"}, nil},
		{"tcp://0.0.0.0:0", "0.0.0.0:PORT", "tcp://0.0.0.0:PORT", []string{"127.0.0.1"}, []string{"::1"}},
		{"tcp4://:0", "0.0.0.0:PORT", "tcp4://:PORT", []string{"127.0.0.1"}, []string{"::1"}},
		{"tcp://[::1]:0", "[::1]:PORT", "tcp://[::1]:PORT", []string{"::1"}, []string{"127.0.0.1"}},
		{"tcp://[::1%lo]:0", "[::1%lo]:PORT", "tcp://[::1%lo]:PORT", []string{"::1"}, nil},
		{"tcp6://:0", "[::]:PORT", "tcp6://:PORT", []string{"::1"}, []string{"127.0.0.1"}},
		{"tcp://[::]:0", "[::]:PORT", "tcp://[::]:PORT", []string{"::1"}, []string{"127.0.0.1"}},
		{"tcp://:0", "[::]:PORT", "tcp://:PORT", []string{"127.0.0.1", "::1"}, nil},
	} {
		t.Run(test.protoAddr, func(t *testing.T) {
			r := reservation(t, test.protoAddr)
			_, port, err := net.SplitHostPort(r.Addr().String())
			require.NoError(t, err)
			require.NotZero(t, r.Addr().Port)
			require.Equal(t, test.addr, strings.Replace(r.Addr().String(), port, "PORT", 1))
			require.Equal(t, test.gnetAddr, strings.Replace(r.ProtoAddr(), port, "PORT", 1))
			require.Equal(t, r.Network()+"://", r.ProtoAddr()[:len(r.Network())+3])
			ln := listener(t, r)
			for _, host := range test.dial {
				exchange(t, ln, "tcp", net.JoinHostPort(host, port))
			}
			for _, host := range test.refuse {
				_, err := net.Dial("tcp", net.JoinHostPort(host, port))
				require.ErrorIs(t, err, unix.ECONNREFUSED)
			}
		})
	}
}

func TestListen_Options(t *testing.T) {
	r := reservation(t, "tcp://127.0.0.1:0")
	fd, err := r.Listen(3)
	require.NoError(t, err)
	defer unix.Close(fd)
	for _, option := range [][2]int{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR},
		{unix.SOL_SOCKET, unix.SO_REUSEPORT},
		{unix.SOL_SOCKET, unix.SO_ACCEPTCONN},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY},
	} {
		value, err := unix.GetsockoptInt(fd, option[0], option[1])
		require.NoError(t, err)
		require.Equal(t, 1, value, "option %v", option)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.Equal(t, unix.FD_CLOEXEC, flags)

	client, err := net.Dial("tcp", r.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	conn, _, err := unix.Accept(fd)
	require.NoError(t, err)
	defer unix.Close(conn)
	value, err := unix.GetsockoptInt(conn, unix.IPPROTO_TCP, unix.TCP_NODELAY)
	require.NoError(t, err)
	require.Equal(t, 1, value, "accepted sockets inherit TCP_NODELAY")
}

func TestReserve_BadAddress(t *testing.T) {
	for protoAddr, want := range map[string]string{
		"udp://127.0.0.1:1":        `listen udp://127.0.0.1:1: unsupported scheme "udp"`,
		"tcp://127.0.0.1":          "missing port in address",
		"tcp://":                   "listen tcp://: missing address",
		"tcp6://127.0.0.1:1":       "no suitable address",
		"tcp://127.0.0.1:70000":    "invalid port",
		"tcp://[fe80::1%nosuch]:1": `unknown zone "nosuch"`,
	} {
		_, err := Reserve(protoAddr)
		require.ErrorContains(t, err, want)
	}
	_, err := Reserve("tcp://192.0.2.77:0")
	require.True(t, errors.Is(err, unix.EADDRNOTAVAIL), "%v", err)
}
