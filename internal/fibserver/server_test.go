package fibserver

import (
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
)

func TestNew_RefusesNonsense(t *testing.T) {
	for want, config := range map[string]Config{
		`configure server: unknown algorithm "bogus"`: {Algorithm: "bogus"},

		`configure server: deadline 1µs is below the inline threshold 5µs`: {Deadline: time.Microsecond},

		`configure server: negative limit: -1 connections, 1024 requests in flight`:            {MaxConns: -1},
		`configure server: negative limit: 0 connections, -1 requests in flight`:               {MaxInflight: -1},
		`configure server: line limit of -1 bytes is not between 1 and 32768`:                  {MaxLine: -1},
		`configure server: line limit of 32769 bytes is not between 1 and 32768`:               {MaxLine: 32769},
		`configure server: negative duration: deadline 1m0s, idle timeout -1s, half-close 10s`: {IdleTimeout: -time.Second},
		`configure server: negative duration: deadline 1m0s, idle timeout 0s, half-close -1s`:  {HalfClose: -time.Second},
		`configure server: negative duration: deadline -1ns, idle timeout 0s, half-close 10s`:  {Inline: -2, Deadline: -1},
	} {
		_, err := New(config)
		require.EqualError(t, err, want)
	}
}

func TestServer_ZeroConfig(t *testing.T) {
	testutil.CheckLeaks(t)
	server, err := New(Config{})
	require.NoError(t, err)
	require.Positive(t, server.Snapshot().Costs.Leaf)
	require.Equal(t, uring.None, server.OnBoot(nil))
	r := &rig{Server: server, loop: newFakeLoop()}
	c := r.open(lineAddr)
	c.receive("recursive 30")
	r.loop.runUntil(t, func() bool { return len(c.out) > 0 })
	require.Equal(t, "832040\n", c.sent())
	server.OnShutdown(nil)
}

func TestServer_OneModeHoldsForAllAddresses(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Modes = []Mode{Line} })
	c := r.open(chunkAddr)
	c.receive("10")
	require.Empty(t, c.sent())
}

func TestServer_ModesMustMatchAddresses(t *testing.T) {
	server, err := New(Config{Modes: []Mode{Line, Chunk}, Model: exampleModel, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.Equal(t, uring.Shutdown, server.OnBoot(fakeEngine{addrs: []net.Addr{lineAddr}}))
	server.OnShutdown(nil)
}

func TestServer_FullRefuses(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxConns = 1 })
	a, b := r.open(lineAddr), r.open(chunkAddr)
	require.True(t, b.closed)
	require.Equal(t, "[Error] server full: 1 clients are connected, try again later\n", b.sent())
	require.Equal(t, uring.None, r.OnTraffic(b))
	a.fin()
	c := r.open(chunkAddr)
	c.receive("10")
	require.Equal(t, "55\n", c.sent())
	c.fin()
	r.noneLeft(t)
	snap := r.Snapshot()
	require.EqualValues(t, 2, snap.Accepted)
	require.EqualValues(t, 1, snap.Refused)
	require.Zero(t, snap.Failed)
	require.Equal(t, map[string]uint64{"server_full": 1}, snap.Failures)
}

func TestServer_Snapshot(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive("1\n2\nx\n" + heavy + heavy + "recursive 60\n94\n3\n")
	snap := r.Snapshot()
	require.Equal(t, Snapshot{
		Connections: 1, Accepted: 1,
		Requests: 8, Inline: 3, Offloaded: 2, Failed: 3,
		Failures: map[string]uint64{"not_an_integer": 1, "too_expensive": 1, "out_of_range": 1},
		Inflight: 2, Costs: exampleModel.Costs(),
	}, snap)
	text, err := json.Marshal(snap)
	require.NoError(t, err)
	require.Contains(t, string(text), `"failures":{"not_an_integer":1,"out_of_range":1,"too_expensive":1}`)
}

func drained(r *rig) bool {
	select {
	case <-r.Drained():
		return true
	default:
		return false
	}
}

func TestDrain_AnswersEverything(t *testing.T) {
	r := newRig(t, nil)
	busy, idle := r.open(lineAddr), r.open(lineAddr)
	busy.receive(heavy + "10\n")
	r.Drain()
	r.Drain()
	r.loop.run()
	// What the engine makes of the shutdown.
	busy.receive("12\n")
	busy.fin()
	idle.fin()
	require.True(t, idle.closed)
	require.False(t, drained(r))
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+"55\n144\n", busy.sent())
	require.True(t, busy.closed)
	require.True(t, drained(r))
	r.noneLeft(t)

	requireRefused(t, r)
}

// requireRefused checks what a new client of a stopping server is told.
func requireRefused(t *testing.T, r *rig) {
	t.Helper()
	late := r.open(lineAddr)
	require.True(t, late.closed)
	require.Equal(t, "[Error] server stopping: no new clients\n", late.sent())
	require.Equal(t, map[string]uint64{"stopping": 1}, r.Snapshot().Failures)
}

func TestDrain_RefusesNewClients(t *testing.T) {
	r := newRig(t, nil)
	busy := r.open(lineAddr)
	busy.receive(heavy)
	r.Drain()
	requireRefused(t, r)
	require.False(t, drained(r))
	r.loop.run()
	busy.fin()
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer, busy.sent())
	require.True(t, drained(r))
}

func TestDrain_WithoutSessions(t *testing.T) {
	r := newRig(t, nil)
	r.open(lineAddr).fin()
	require.False(t, drained(r))
	r.Drain()
	require.True(t, drained(r))
}

func TestAbort_TellsWhoWaits(t *testing.T) {
	r := newRig(t, nil)
	busy, idle := r.open(lineAddr), r.open(chunkAddr)
	busy.receive(heavy + "10\n" + heavy)
	r.manual.finish(1)
	r.Abort()
	r.Abort()
	r.loop.run()
	require.True(t, idle.closed)
	require.True(t, busy.closed)
	require.Equal(t, "[Error] cancelled: the server is stopping\n55\n"+heavyAnswer, busy.sent())
	require.True(t, drained(r))
	require.EqualValues(t, 1, r.Snapshot().Cancelled)
	r.noneLeft(t)

	late := r.open(lineAddr)
	require.True(t, late.closed)
	require.Equal(t, "[Error] server stopping: no new clients\n", late.sent())
}

func TestAbort_DuringDrain(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy)
	r.Drain()
	r.loop.run()
	c.fin()
	require.False(t, drained(r))
	r.Abort()
	r.loop.run()
	require.True(t, c.closed)
	require.True(t, drained(r))
}
