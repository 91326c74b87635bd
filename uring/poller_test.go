package uring

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPoller_FixedIsFixed(t *testing.T) {
	always, never := poller{fixed: time.Millisecond}, poller{fixed: -1}
	for range 3 {
		require.Equal(t, time.Millisecond, always.limit())
		require.Zero(t, never.limit())
		always.looked(false)
		never.slept(0)
	}
}

func TestPoller_LooksWhileThingsComeSoon(t *testing.T) {
	var p poller
	require.Zero(t, p.limit(), "nothing is known yet")
	p.slept(time.Hour)
	require.Zero(t, p.limit())
	p.slept(adaptiveSleep)
	for range 5 {
		require.Equal(t, adaptivePoll, p.limit())
		p.looked(true)
	}
	p.looked(false)
	require.Zero(t, p.limit())
}

// Things that come just too late for a look would otherwise cost one each.
func TestPoller_LooksInVainGetRare(t *testing.T) {
	var p poller
	looks := 0
	const sleeps = 1000
	for range sleeps {
		p.slept(adaptiveSleep)
		if p.limit() > 0 {
			looks++
			p.looked(false)
		}
	}
	require.Less(t, looks, sleeps/penaltyMax+10)
	for p.limit() == 0 {
		p.slept(adaptiveSleep)
	}
	p.looked(true)
	require.Equal(t, adaptivePoll, p.limit(), "one success ends that")
}
