package servertest

import (
	"net"
	"strings"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Where engines listen.
var addressTests = []test{
	{"AddressPortZero", testAddressPortZero},
	{"AddressesOfConnections", testAddressesOfConnections},
	{"AddressIPv6", testAddressIPv6},
	{"AddressOfBothFamilies", testAddressOfBothFamilies},
	{"AddressTwo", testAddressTwo},
	{"AddressInUse", testAddressInUse},
	{"AddressUsedAgain", testAddressUsedAgain},
	{"AddressWrong", testAddressWrong},
}

// All loops have one port, and each gets its part of the connections.
func testAddressPortZero(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	require.Len(t, s.addrs, 1)
	require.NotZero(t, s.addrs[0].(*net.TCPAddr).Port)
	for range 128 {
		s.dial(t).roundTrip([]byte("hello"))
	}
	stats := s.stats(t)
	require.Len(t, stats, e.settings.Loops)
	for i, loop := range stats {
		require.Equal(t, i, loop.Loop)
		require.NotZero(t, loop.Accepted, "loop %d", i)
	}
}

func testAddressesOfConnections(t *testing.T, e env) {
	type pair struct{ local, remote net.Addr }
	pairs := make(chan pair, 1)
	s := e.start(t, &handler{open: func(c uring.Conn) ([]byte, uring.Action) {
		pairs <- pair{c.LocalAddr(), c.RemoteAddr()}
		return nil, uring.None
	}})
	for range 8 {
		c := s.dial(t)
		got := receive(t, pairs, "OnOpen")
		require.Equal(t, s.addrs[0], got.local)
		require.Equal(t, c.LocalAddr().String(), got.remote.String())
		require.Equal(t, "tcp", got.remote.Network())
	}
}

func testAddressIPv6(t *testing.T, e env) {
	s := e.start(t, &handler{
		open:    func(c uring.Conn) ([]byte, uring.Action) { return []byte(c.RemoteAddr().String()), uring.None },
		traffic: echo,
	}, "tcp://[::1]:0")
	require.True(t, strings.HasPrefix(s.addrs[0].String(), "[::1]:"), "%v", s.addrs)
	c := s.dial(t)
	c.expect([]byte(c.LocalAddr().String()))
	c.roundTrip(pattern(10000))
}

func testAddressOfBothFamilies(t *testing.T, e env) {
	s := e.start(t, &handler{
		open:    func(c uring.Conn) ([]byte, uring.Action) { return []byte(c.RemoteAddr().String()), uring.None },
		traffic: echo,
	}, "tcp://:0")
	for _, ip := range []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback} {
		c := dial(t, &net.TCPAddr{IP: ip, Port: s.addrs[0].(*net.TCPAddr).Port})
		c.expect([]byte(c.LocalAddr().String()))
		c.roundTrip([]byte("hello"))
	}
}

func testAddressTwo(t *testing.T, e env) {
	s := e.start(t, &handler{
		open:    func(c uring.Conn) ([]byte, uring.Action) { return []byte(c.LocalAddr().String()), uring.None },
		traffic: echo,
	}, loopback, "tcp4://127.0.0.1:0")
	require.Len(t, s.addrs, 2)
	require.NotEqual(t, s.addrs[0], s.addrs[1])
	for _, addr := range s.addrs {
		for range 8 {
			c := dial(t, addr)
			c.expect([]byte(addr.String()))
			c.roundTrip([]byte("hello"))
		}
	}
}

// Another server on the port is an error, an engine's own kind included.
func testAddressInUse(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	addr := "tcp://" + s.addrs[0].String()
	unexpected := &handler{boot: func(uring.Engine) uring.Action {
		assert.Fail(t, "booted on a port in use")
		return uring.Shutdown
	}}
	err := e.engine.Rotate(unexpected, []string{addr}, e.settings)
	require.ErrorIs(t, err, unix.EADDRINUSE)
	require.EqualError(t, err, "listen "+addr+": address already in use")
	require.ErrorIs(t, e.engine.Rotate(unexpected, []string{loopback, addr}, e.settings), unix.EADDRINUSE)
	s.dial(t).roundTrip([]byte("still here"))

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	require.ErrorIs(t, e.engine.Rotate(unexpected, []string{"tcp://" + ln.Addr().String()}, e.settings), unix.EADDRINUSE)
}

// A server can be started again at once on its port.
func testAddressUsedAgain(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	addr := "tcp://" + s.addrs[0].String()
	c := s.dial(t)
	c.roundTrip([]byte("first"))
	s.stop(t)
	c.expectEnd(nil)
	for range 3 {
		s = e.start(t, &handler{traffic: echo}, addr)
		s.dial(t).roundTrip([]byte("next"))
		s.stop(t)
	}
}

func testAddressWrong(t *testing.T, e env) {
	for _, addr := range []string{"tcp://127.0.0.1", "udp://127.0.0.1:0", "tcp://127.0.0.1:99999", ""} {
		require.Error(t, e.engine.Rotate(&handler{}, []string{addr}, e.settings), "%q", addr)
	}
}
