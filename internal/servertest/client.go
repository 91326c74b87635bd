package servertest

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// client is the peer's end of a connection. Its methods fail the test on an
// error; those that return one are for other goroutines.
type client struct {
	*net.TCPConn
	t *testing.T
}

func dial(t *testing.T, addr net.Addr) *client {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { conn.Close() })
	return &client{conn.(*net.TCPConn), t}
}

func (c *client) send(p []byte) {
	c.t.Helper()
	_, err := c.Write(p)
	require.NoError(c.t, err)
}

// expect reads exactly what is wanted.
func (c *client) expect(want []byte) {
	c.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c, got)
	require.NoError(c.t, err, "after %d of %d bytes", n, len(want))
	c.same(want, got)
}

// expectEnd reads to the end of input, which must be orderly, and expects what is
// wanted before.
func (c *client) expectEnd(want []byte) {
	c.t.Helper()
	got, err := io.ReadAll(c)
	require.NoError(c.t, err, "after %d of %d bytes", len(got), len(want))
	c.same(want, got)
}

// leaveAtEnd reads until the input ends, in whatever way, and closes.
func (c *client) leaveAtEnd() {
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
}

// same compares without printing a megabyte.
func (c *client) same(want, got []byte) {
	c.t.Helper()
	if len(want) < 100 && len(got) < 100 {
		require.Equal(c.t, string(want), string(got))
		return
	}
	require.Len(c.t, got, len(want))
	require.True(c.t, bytes.Equal(want, got), "the bytes differ")
}

// roundTrip sends p and expects it back. It sends and reads at the same time, so
// that p may be larger than what fits on the way.
func (c *client) roundTrip(p []byte) {
	c.t.Helper()
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(p)
		sent <- err
	}()
	c.expect(p)
	require.NoError(c.t, receive(c.t, sent, "the end of sending"))
}

// finish sends a FIN.
func (c *client) finish() {
	c.t.Helper()
	require.NoError(c.t, c.CloseWrite())
}

// reset closes the connection with a reset.
func (c *client) reset() {
	c.t.Helper()
	require.NoError(c.t, c.SetLinger(0))
	require.NoError(c.t, c.Close())
}

// pattern returns size bytes in which a shift by less than 64 kB shows.
func pattern(size int) []byte {
	p := make([]byte, size)
	x := uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}
