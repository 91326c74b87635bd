package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTurn_AllocatesNothing(t *testing.T) {
	// The server runs in a process of its own, whose allocations do not count.
	server, status := startHelper(t)
	defer func() { require.NoError(t, server.Stop()) }()
	for _, pipeline := range []int{1, 16} {
		load := Load{Address: status.LineAddress(), Connections: 8, Pipeline: pipeline}.withDefaults()
		g, err := newGenerator(load)
		require.NoError(t, err)
		address, err := resolve(load.Address)
		require.NoError(t, err)
		require.NoError(t, g.connect(t.Context(), address))
		g.sending = true
		require.NoError(t, g.sendAll())
		allocations := testing.AllocsPerRun(500, func() {
			if err := g.turn(time.Second); err != nil {
				panic(err)
			}
		})
		require.Zero(t, allocations)
		require.Positive(t, g.latencies.TotalCount())
		require.NoError(t, g.close())
	}
}

func TestWaitMs_RoundsUp(t *testing.T) {
	tests := []struct {
		wait time.Duration
		want int
	}{
		{-time.Second, 0}, {0, 0}, {1, 1}, {time.Millisecond, 1}, {time.Millisecond + 1, 2}, {time.Hour, 100},
	}
	g := &generator{}
	for _, test := range tests {
		require.Equal(t, test.want, g.waitMs(test.wait), test.wait)
	}
	g.load.Spin = true
	require.Zero(t, g.waitMs(time.Hour))
}
