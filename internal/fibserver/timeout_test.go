package fibserver

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pass lets time pass, and the timers that fire in it reach the loop.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d) // of the test's own clock: takes no time
	synctest.Wait()
	r.loop.run()
}

func TestTimeout_IdleConnectionIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.IdleTimeout = time.Minute })
		c := r.open(lineAddr)
		r.pass(40 * time.Second)
		c.receive("10\n")
		r.pass(59 * time.Second)
		require.False(t, c.closed)
		r.pass(time.Second)
		require.True(t, c.closed)
		require.Equal(t, "55\n", c.sent())
		r.noneLeft(t)
	})
}

func TestTimeout_OutstandingWorkIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.IdleTimeout = time.Minute })
		c := r.open(lineAddr)
		c.receive(heavy)
		r.pass(10 * time.Minute)
		require.False(t, c.closed)
		r.manual.finish(0)
		r.loop.run()
		require.Equal(t, heavyAnswer, c.sent())
		r.pass(59 * time.Second)
		require.False(t, c.closed)
		r.pass(time.Minute) // the timer may have been armed behind the answer
		require.True(t, c.closed)
		r.noneLeft(t)
	})
}

func TestTimeout_NoneMeansNoTimer(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + "10\n")
	require.Nil(t, c.context.(*session).timer)
}

func TestTimeout_HalfCloseCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.open(lineAddr)
		c.receive("10\n" + heavy + heavy)
		c.fin()
		r.pass(10*time.Second - 1)
		require.False(t, c.closed)
		r.manual.finish(0)
		r.loop.run()
		r.pass(1)
		require.True(t, c.closed)
		require.Equal(t, "55\n"+heavyAnswer, c.sent())
		require.True(t, r.manual.tasks[1].cancelled)
		require.EqualValues(t, 1, r.Snapshot().Cancelled)
		r.noneLeft(t)
	})
}

func TestTimeout_HalfCloseReplacesIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.IdleTimeout, c.HalfClose = time.Second, time.Minute })
		c := r.open(lineAddr)
		c.receive(heavy)
		r.pass(500 * time.Millisecond)
		c.fin()
		r.pass(59 * time.Second)
		require.False(t, c.closed)
		r.pass(time.Second)
		require.True(t, c.closed)
		r.noneLeft(t)
	})
}

func TestTimeout_StopsWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.IdleTimeout = time.Minute })
		c := r.open(lineAddr)
		c.fin()
		require.True(t, c.closed)
		r.pass(time.Hour)
		require.Empty(t, r.loop.queue)
	})
}

func TestTimeout_NoHalfCloseLimitWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.open(lineAddr)
		c.receive(heavy)
		r.Drain()
		r.loop.run()
		c.fin() // what the engine makes of the shutdown
		r.pass(time.Hour)
		require.False(t, c.closed)
		r.manual.finish(0)
		r.loop.run()
		require.Equal(t, heavyAnswer, c.sent())
		require.True(t, c.closed)
	})
}
