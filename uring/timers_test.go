package uring

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimers_PopInOrderOnceDue(t *testing.T) {
	timers := timers{after: time.Hour}
	require.True(t, timers.next().IsZero())
	for slot := range uint32(100) {
		at := timers.push(&conn{slot: slot})
		if slot == 0 {
			require.Equal(t, at, timers.next())
		}
	}
	_, ok := timers.pop(time.Now())
	require.False(t, ok, "none is due")
	later := time.Now().Add(2 * time.Hour)
	for slot := range uint32(80) {
		due, ok := timers.pop(later)
		require.True(t, ok)
		require.Equal(t, slot, due.slot)
	}
	timers.push(&conn{slot: 100})
	require.Len(t, timers.queue, 21, "what was popped is dropped")
	for slot := uint32(80); slot <= 100; slot++ {
		due, ok := timers.pop(later)
		require.True(t, ok)
		require.Equal(t, slot, due.slot)
	}
	require.True(t, timers.empty())
}
