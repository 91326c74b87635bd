package uring

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfig_ZeroIsComplete(t *testing.T) {
	c, err := Config{}.complete()
	require.NoError(t, err)
	require.Equal(t, 1, c.Loops)
	require.Equal(t, 1024, c.Entries)
	require.Equal(t, 8192, c.CompletionEntries)
	require.Equal(t, 2*time.Second, c.Linger)
	require.NotNil(t, c.Logger)

	c, err = Config{CPUs: []int{0, 1, 0}, Entries: 32768, Linger: -1}.complete()
	require.NoError(t, err)
	require.Equal(t, 3, c.Loops)
	require.Equal(t, 65536, c.CompletionEntries)
	require.Negative(t, c.Linger)
}

func TestConfig_EveryLimitIsHeldByName(t *testing.T) {
	for name, c := range map[string]Config{
		"Loops":             {Loops: -1},
		"BusyPoll":          {BusyPoll: 2 * time.Second},
		"Backlog":           {Backlog: -1},
		"Entries":           {Entries: 3},
		"CompletionEntries": {Entries: 64, CompletionEntries: 32},
		"BufferSize":        {BufferSize: -1},
		"BufferCount":       {BufferCount: 8192},
		"MaxInbound":        {MaxInbound: -1},
		"MaxOutbound":       {MaxOutbound: -1},
	} {
		_, err := c.complete()
		require.ErrorContains(t, err, name+" is ")
		require.ErrorContains(t, Run(&BuiltinEventEngine{}, "tcp://127.0.0.1:0", c), name)
	}
}
