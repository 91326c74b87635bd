package gnetsrv

import (
	"io"
	"net"
	"testing"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// fakeConn is a gnet.Conn with input that never ends.
type fakeConn struct {
	gnet.Conn
	context any
	input   []byte
	taken   int
}

func (f *fakeConn) Context() any         { return f.context }
func (f *fakeConn) InboundBuffered() int { return len(f.input) - f.taken }
func (f *fakeConn) Next(int) ([]byte, error) {
	p := f.input[f.taken:]
	f.taken = len(f.input)
	return p, nil
}

// pingPong answers every input.
type pingPong struct{ uring.BuiltinEventEngine }

func (pingPong) OnTraffic(c uring.Conn) uring.Action {
	p, _ := c.Next(-1)
	_, _ = c.Write(p)
	return uring.None
}

func TestOnTraffic_AllocatesNothing(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	s := newServer(&pingPong{}, Config{})
	fake := &fakeConn{input: []byte("1\n")}
	fake.context = &conn{Reader: fake, gnet: fake, loop: &loop{server: s}, fd: pair[0]}
	adapter := &events{server: s}
	sink := make([]byte, 16)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		fake.taken = 0
		adapter.OnTraffic(fake)
		_, _ = unix.Read(pair[1], sink)
	}))
}

// bareGnet is pingPong without this package in between.
type bareGnet struct {
	gnet.BuiltinEventEngine
	booted chan gnet.Engine
}

func (h *bareGnet) OnBoot(eng gnet.Engine) gnet.Action {
	h.booted <- eng
	return gnet.None
}

func (h *bareGnet) OnTraffic(c gnet.Conn) gnet.Action {
	p, _ := c.Next(-1)
	_, _ = c.Write(p)
	return gnet.None
}

// BenchmarkRoundTrip compares gnet with this package on it: one connection, one
// small message at a time.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("gnet", func(b *testing.B) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		addr := ln.Addr().String()
		require.NoError(b, ln.Close())
		h := &bareGnet{booted: make(chan gnet.Engine, 1)}
		go gnet.Run(h, "tcp://"+addr, gnet.WithReusePort(true), gnet.WithLockOSThread(true), gnet.WithLogger(&logger{slog: discard}))
		eng := <-h.booted
		pingPongs(b, addr)
		require.NoError(b, eng.Stop(b.Context()))
	})
	b.Run("gnetsrv", func(b *testing.B) {
		h := newEcho()
		go Run(h, "tcp://127.0.0.1:0", Config{Logger: discard})
		eng := <-h.booted
		pingPongs(b, eng.Addrs()[0].String())
		require.NoError(b, eng.Stop(b.Context()))
	})
}

func pingPongs(b *testing.B, addr string) {
	client, err := net.Dial("tcp", addr)
	require.NoError(b, err)
	defer client.Close()
	message := []byte("1\n")
	for b.Loop() {
		_, err = client.Write(message)
		require.NoError(b, err)
		_, err = io.ReadFull(client, message)
		require.NoError(b, err)
	}
}

// reader takes its input and answers nothing.
type reader struct{ uring.BuiltinEventEngine }

func (reader) OnTraffic(c uring.Conn) uring.Action {
	_, _ = c.Next(-1)
	return uring.None
}

// BenchmarkOnTraffic is what this package adds to gnet's way to a handler.
func BenchmarkOnTraffic(b *testing.B) {
	fake := &fakeConn{input: []byte("1\n")}
	s := newServer(&reader{}, Config{})
	fake.context = &conn{Reader: fake, gnet: fake, loop: &loop{server: s}}
	adapter := &events{server: s}
	for b.Loop() {
		fake.taken = 0
		adapter.OnTraffic(fake)
	}
}
