package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/corering/corering/bench/benchtest"
)

// shortComparison compares two well-behaved servers for as long as tests can
// afford. flags go to B.
func shortComparison(t *testing.T, flags ...string) Comparison {
	t.Helper()
	return Comparison{
		A:      Side{Command: benchtest.Command(t, "--engine", "uring"), Engine: "uring"},
		B:      Side{Command: benchtest.Command(t, slices.Concat([]string{"--engine", "gnet"}, flags)...), Engine: "gnet"},
		Blocks: 2,
		Seed:   1,
		Load:   Load{Connections: 4, Warmup: 5 * time.Millisecond, Duration: 30 * time.Millisecond},
	}
}

func TestComparison_MeasuresBothSidesInEveryBlock(t *testing.T) {
	requireSameDescriptors(t)
	c := shortComparison(t)
	var started, measured []string
	pids := map[string]bool{}
	c.OnStart = func(_ int, side string) { started = append(started, side) }
	c.OnMeasured = func(m Measurement) {
		measured = append(measured, m.Side)
		pids[m.Result.Address] = true
	}
	blocks, err := c.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, blocks, 2)
	require.Equal(t, started, measured)
	require.ElementsMatch(t, []string{"A", "A", "B", "B"}, started)
	require.Len(t, pids, 4, "a fresh server each time")
	for i, block := range blocks {
		require.Equal(t, i+1, block.A.Block)
		require.Equal(t, "A", block.A.Side)
		require.Equal(t, "B", block.B.Side)
		require.Equal(t, "uring", block.A.Engine)
		require.Equal(t, "gnet", block.B.Engine)
		require.Equal(t, "asked for", block.A.Reason)
		for _, m := range []Measurement{block.A, block.B} {
			require.Positive(t, m.Result.Answers)
			require.Positive(t, m.Usage.CPU)
			require.Positive(t, m.Usage.Voluntary)
			require.Positive(t, m.Usage.RSS)
			require.EqualValues(t, m.Result.Answers, m.Counters.Traffic, "counted exactly within the window")
		}
		require.EqualValues(t, block.A.Result.Answers, block.A.Counters.Sends)
		require.Zero(t, block.A.Counters.Receives)
		require.Zero(t, block.B.Counters.Enters)
	}
}

func TestComparison_WrongEngine(t *testing.T) {
	requireSameDescriptors(t)
	blocks, err := shortComparison(t, "--claim", "uring").Run(t.Context())
	require.ErrorIs(t, err, ErrWrongEngine)
	require.ErrorContains(t, err, `want "gnet", the status says "uring"`)
	require.Empty(t, blocks)
}

func TestComparison_BadServers(t *testing.T) {
	requireSameDescriptors(t)
	tests := []struct {
		name  string
		flags []string
		is    error
		says  string
	}{
		{"dies under load", []string{"--exit-after", "20"}, ErrServerEnded, "exits on purpose"},
		{"answers wrongly", []string{"--wrong-after", "20"}, ErrWrongAnswer, `"wrong 1\n" instead of "1\n"`},
		{"does not start", []string{"--no-such-flag"}, ErrServerEnded, "flag provided but not defined"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := shortComparison(t, test.flags...).Run(t.Context())
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, "block 1, B")
		})
	}
}

func TestComparison_InterruptedKeepsFinishedBlocks(t *testing.T) {
	requireSameDescriptors(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := shortComparison(t)
	c.Blocks = 1000
	c.OnStart = func(block int, _ string) {
		if block == 2 {
			cancel()
		}
	}
	blocks, err := c.Run(ctx)
	require.NoError(t, err)
	require.Len(t, blocks, 1)
	_, err = c.Run(ctx)
	require.ErrorIs(t, err, ErrInterrupted)
}

func TestComparison_ValidateNamesTheField(t *testing.T) {
	good := shortComparison(t)
	require.NoError(t, good.Validate())
	tests := map[string]func(*Comparison){
		"side A":      func(c *Comparison) { c.A.Command = nil },
		"side B":      func(c *Comparison) { c.B.Command = nil },
		"blocks":      func(c *Comparison) { c.Blocks = -1 },
		"CPU 1024":    func(c *Comparison) { c.ServerCPUs = []int{1024} },
		"connections": func(c *Comparison) { c.Load.Connections = -1 },
	}
	for field, spoil := range tests {
		c := good
		spoil(&c)
		_, err := c.Run(t.Context())
		require.ErrorContains(t, err, field)
	}
}

func TestBlockOrder_IsBalancedAndRepeatable(t *testing.T) {
	firsts := map[bool]int{}
	for seed := range uint64(50) {
		order := blockOrder(seed, 11)
		require.Equal(t, order, blockOrder(seed, 11))
		aFirst := 0
		for _, first := range order {
			if first {
				aFirst++
			}
		}
		require.Contains(t, []int{5, 6}, aFirst)
		firsts[order[0]]++
	}
	require.Greater(t, firsts[true], 10)
	require.Greater(t, firsts[false], 10)
}
