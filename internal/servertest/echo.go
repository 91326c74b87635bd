package servertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Bytes come back as they were sent.
var echoTests = []test{
	{"EchoOddSizes", testEchoOddSizes},
	{"EchoPipelined", testEchoPipelined},
	{"EchoManyClients", testEchoManyClients},
	{"EchoToSlowReader", testEchoToSlowReader},
	{"EchoVectors", testEchoVectors},
	{"EchoFrom", testEchoFrom},
	{"OutputOfOnOpen", testOutputOfOnOpen},
}

func testEchoOddSizes(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	c := s.dial(t)
	for _, size := range []int{1, 2, 3, 7, 1023, 4095, 4096, 4097, 65535, 65536, 65537, 300001} {
		c.roundTrip(pattern(size))
	}
	c.finish()
	c.expectEnd(nil)
}

func testEchoPipelined(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	c := s.dial(t)
	var all strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&all, "%d\n", i)
	}
	c.roundTrip([]byte(all.String()))
}

func testEchoManyClients(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	var clients []*client
	for range 200 {
		clients = append(clients, s.dial(t))
	}
	for round := range 3 {
		for i, c := range clients {
			c.send(fmt.Appendf(nil, "%d of %d", i, round))
		}
		for i, c := range clients {
			c.expect(fmt.Appendf(nil, "%d of %d", i, round))
		}
	}
}

// The peer begins to read when the way back is full, and then reads a little at
// a time.
func testEchoToSlowReader(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	c := s.dial(t)
	want := pattern(12 << 20)
	full := make(chan struct{})
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(want[:1<<20])
		close(full)
		if err == nil {
			_, err = c.Write(want[1<<20:])
		}
		sent <- err
	}()
	receive(t, full, "the first megabyte to be sent")
	for len(want) > 0 {
		n := min(len(want), 5000)
		c.expect(want[:n])
		want = want[n:]
	}
	require.NoError(t, receive(t, sent, "the end of sending"))
}

// The parts of a vector are sent in order and not touched.
func testEchoVectors(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		p, _ := c.Next(-1)
		parts := [][]byte{p[:len(p)/3], nil, p[len(p)/3 : len(p)/2], p[len(p)/2:]}
		sizes := [...]int{len(parts[0]), len(parts[1]), len(parts[2]), len(parts[3])}
		n, err := c.Writev(parts)
		assert.NoError(t, err)
		assert.Equal(t, len(p), n)
		assert.Equal(t, sizes, [...]int{len(parts[0]), len(parts[1]), len(parts[2]), len(parts[3])})
		return uring.None
	}})
	c := s.dial(t)
	for _, size := range []int{1, 2, 10, 5000, 1 << 20} {
		c.roundTrip(pattern(size))
	}
}

func testEchoFrom(t *testing.T, e env) {
	want := pattern(200000)
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		_, _ = c.Discard(-1)
		n, err := c.ReadFrom(strings.NewReader(string(want)))
		assert.NoError(t, err)
		assert.Equal(t, int64(len(want)), n)
		assert.NoError(t, c.Flush())
		return uring.None
	}})
	c := s.dial(t)
	c.send([]byte{1})
	c.expect(want)
}

func testOutputOfOnOpen(t *testing.T, e env) {
	greeting := pattern(100000)
	s := e.start(t, &handler{
		open:    func(uring.Conn) ([]byte, uring.Action) { return greeting, uring.None },
		traffic: echo,
	})
	c := s.dial(t)
	c.expect(greeting)
	c.roundTrip([]byte("after the greeting"))
}
