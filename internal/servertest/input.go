package servertest

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a handler may do with its input.
var inputTests = []test{
	{"InputSplitAnywhere", testInputSplitAnywhere},
	{"InputMethods", testInputMethods},
	{"InputLeftForLater", testInputLeftForLater},
	{"InputReadMore", testInputReadMore},
}

// reassemble answers every message, which has its length in the first two bytes,
// and leaves what is not complete.
func reassemble(c uring.Conn) {
	for {
		head, err := c.Peek(2)
		if err != nil {
			return
		}
		size := 2 + int(binary.BigEndian.Uint16(head))
		if c.InboundBuffered() < size {
			return
		}
		message, _ := c.Next(size)
		_, _ = c.Write(message)
	}
}

// The stream is cut at every place. The second half is sent when the handler has
// seen the first.
func testInputSplitAnywhere(t *testing.T, e env) {
	seen := make(chan int, 4096)
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		before := c.InboundBuffered()
		reassemble(c)
		seen <- before - c.InboundBuffered()
		seen <- c.InboundBuffered()
		return uring.None
	}})
	var stream []byte
	for _, size := range []int{5, 0, 300, 1} {
		stream = binary.BigEndian.AppendUint16(stream, uint16(size))
		stream = append(stream, pattern(size)...)
	}
	c := s.dial(t)
	for cut := 1; cut < len(stream); cut++ {
		c.send(stream[:cut])
		for read, left := 0, 0; read+left < cut; {
			read += receive(t, seen, "traffic")
			left = receive(t, seen, "traffic")
		}
		c.send(stream[cut:])
		c.expect(stream)
		for left := 1; left != 0 || len(seen) > 0; {
			<-seen
			left = <-seen
		}
	}
}

func testInputMethods(t *testing.T, e env) {
	const size = 40
	input := pattern(size)
	done := make(chan struct{})
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		if c.InboundBuffered() < size {
			return uring.None
		}
		defer close(done)
		p, err := c.Peek(10)
		assert.NoError(t, err)
		assert.Equal(t, input[:10], p)
		assert.Equal(t, size, c.InboundBuffered(), "Peek takes nothing")
		_, err = c.Peek(size + 1)
		assert.ErrorIs(t, err, io.ErrShortBuffer)
		_, err = c.Next(size + 1)
		assert.ErrorIs(t, err, io.ErrShortBuffer)
		n, err := c.Discard(3)
		assert.NoError(t, err)
		assert.Equal(t, 3, n)
		p, err = c.Next(4)
		assert.NoError(t, err)
		assert.Equal(t, input[3:7], p)
		buf := make([]byte, 5)
		n, err = c.Read(buf)
		assert.NoError(t, err)
		assert.Equal(t, input[7:12], buf[:n])
		assert.Equal(t, size-12, c.InboundBuffered())
		var rest bytes.Buffer
		written, err := c.WriteTo(&rest)
		assert.NoError(t, err)
		assert.Equal(t, int64(size-12), written)
		assert.Equal(t, input[12:], rest.Bytes())
		assert.Zero(t, c.InboundBuffered())
		return uring.None
	}})
	c := s.dial(t)
	c.send(input[:13])
	c.send(input[13:])
	receive(t, done, "all input")
}

// Input that is left stays, in order, whether it comes in one piece or many.
func testInputLeftForLater(t *testing.T, e env) {
	input := pattern(300000)
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		if c.InboundBuffered() < len(input) {
			return uring.None
		}
		return echo(c)
	}})
	c := s.dial(t)
	c.roundTrip(input)
	c.roundTrip(input)
}

// ReadMore answers false at last: the handler waits for it with its answer.
func testInputReadMore(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: func(c uring.Conn) uring.Action {
		more, ok := c.(uring.MoreReader)
		if !assert.True(t, ok, "the engine's Conn is no MoreReader") {
			return uring.Close
		}
		if more.ReadMore() {
			return uring.None
		}
		return echo(c)
	}})
	c := s.dial(t)
	for _, size := range []int{1, 4096, 65536, 65537, 200000} {
		c.roundTrip(pattern(size))
	}
	require.NoError(t, c.Close())
}
