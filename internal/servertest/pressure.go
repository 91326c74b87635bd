package servertest

import (
	"bytes"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Peers that do not read, and handlers that do not.
var pressureTests = []test{
	{"PressureOfUnreadInput", testPressureOfUnreadInput},
	{"PressureOfUnsentOutput", testPressureOfUnsentOutput},
}

// Above MaxInbound an engine stops reading until the handler has read, or closes
// the connection with the error that it has for this.
func testPressureOfUnreadInput(t *testing.T, e env) {
	e.settings.MaxInbound = 64 << 10
	hold := true // owned by the loop
	full := make(chan uring.Conn, 1024)
	var got bytes.Buffer // owned by the loop
	const size = 8 << 20
	ended := newEnds()
	s := e.start(t, &handler{
		traffic: func(c uring.Conn) uring.Action {
			if !hold {
				_, _ = c.WriteTo(&got)
				if got.Len() == size {
					_, _ = c.Write([]byte("thanks"))
				}
			} else if c.InboundBuffered() > e.settings.MaxInbound {
				full <- c
			}
			return uring.None
		},
		closed: ended.closed,
	})
	c := s.dial(t)
	input := pattern(size)
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(input)
		sent <- err
	}()
	conn := receive(t, full, "more input than is allowed")
	if e.engine.InboundFull != nil {
		require.ErrorIs(t, receive(t, ended, "OnClose"), e.engine.InboundFull)
		require.NoError(t, c.Close())
		require.Error(t, receive(t, sent, "the end of sending"))
		return
	}
	for s.total(t, func(l uring.LoopStats) uint64 { return l.Paused }) == 0 {
		require.Empty(t, ended)
	}
	require.NoError(t, conn.EventLoop().Execute(t.Context(), onLoop(func() { hold = false })))
	require.NoError(t, conn.Wake(nil))
	c.expect([]byte("thanks"))
	require.NoError(t, receive(t, sent, "the end of sending"))
	s.stop(t)
	require.True(t, bytes.Equal(input, got.Bytes()))
}

// A handler that leaves its input while more than 1 MiB of output waits is
// called again when the peer has read.
func testPressureOfUnsentOutput(t *testing.T, e env) {
	const limit = 1 << 20
	answer := pattern(64 << 10)
	const questions = 256
	stalled := make(chan struct{}, 1)
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		for c.InboundBuffered() > 0 {
			if c.OutboundBuffered() > limit {
				select {
				case stalled <- struct{}{}:
				default:
				}
				return uring.None
			}
			_, err := c.Next(1)
			assert.NoError(t, err)
			_, _ = c.Write(answer)
		}
		return uring.None
	}})
	c := s.dial(t)
	c.send(make([]byte, questions))
	receive(t, stalled, "output that waits")
	for range questions {
		c.expect(answer)
	}
	c.finish()
	c.expectEnd(nil)
}
