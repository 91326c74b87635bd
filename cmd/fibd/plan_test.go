package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProcs_OneForEveryThreadThatWorks(t *testing.T) {
	require.Equal(t, 3, procs(1, 1, getenvOf(nil)))
	require.Equal(t, 13, procs(4, 8, getenvOf(nil)))
	require.Equal(t, runtime.GOMAXPROCS(0), procs(4, 8, getenvOf(map[string]string{"GOMAXPROCS": "1"})))
}

func TestConnsFor_Limits(t *testing.T) {
	for _, c := range []struct{ wished, limit, reserved, want int }{
		{0, 1024, 100, 924},
		{0, 101, 100, 1},
		{924, 1024, 100, 924},
		{10, 1024, 100, 10},
	} {
		got, err := connsFor(c.wished, c.limit, c.reserved)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func TestConnsFor_TooFewDescriptors(t *testing.T) {
	_, err := connsFor(925, 1024, 100)
	require.EqualError(t, err, "too few descriptors for 925 connections: the hard limit is 1024, needed are 1025; "+
		"remedy: ulimit -n 1025, or LimitNOFILE=1025 in the systemd unit")
	_, err = connsFor(0, 100, 100)
	require.ErrorContains(t, err, "too few descriptors for 1 connections")
}

func TestReserved_GrowsWithLoopsAndAddresses(t *testing.T) {
	require.Equal(t, reservedBase+reservedPerLoop+1+1, reserved(1, 1))
	require.Equal(t, reservedBase+8*(reservedPerLoop+3)+3, reserved(8, 3))
}
