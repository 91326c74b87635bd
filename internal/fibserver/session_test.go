package fibserver

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// heavy is a request that goes to the executor, and heavyAnswer what it gives.
const (
	heavy       = "recursive 27\n"
	heavyAnswer = "196418\n"
)

func TestSession_ChunkMode(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(chunkAddr)
	c.receive("10")
	require.Equal(t, "55\n", c.sent())
	c.receive("1\n2\r\nabc\n3")
	require.Equal(t, "1\n1\n[Error] not an integer: \"abc\"\n2\n", c.sent())
	c.receive("\n10\n")
	require.Equal(t, "[Error] not an integer: \"\"\n55\n", c.sent())
	require.False(t, c.closed)
	c.fin()
	require.True(t, c.closed)
	require.Empty(t, c.sent())
	r.noneLeft(t)
}

func TestSession_ChunkModeHoldsRestWhileMoreIsThere(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(chunkAddr)
	c.readMore = true
	c.receive("10\n1")
	require.Equal(t, "55\n", c.sent())
	require.Equal(t, "1", string(c.in))
	c.readMore = false
	c.receive("0")
	require.Equal(t, "55\n", c.sent())

	c.readMore = true
	c.receive("12")
	require.Empty(t, c.sent())
	c.fin()
	require.Equal(t, "144\n", c.sent())
	require.True(t, c.closed)
}

func TestSession_LineMode(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive("1")
	require.Empty(t, c.sent())
	c.receive("0\r")
	c.receive("\n12\ndoubling 10")
	require.Equal(t, "55\n144\n", c.sent())
	c.receive("0\n")
	require.Equal(t, "354224848179261915075\n", c.sent())
	c.receive("-4")
	c.fin()
	require.Equal(t, "1\n", c.sent())
	require.True(t, c.closed)
	r.noneLeft(t)
}

func TestSession_BlankLineEndsIt(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + "10\n\r\n12\n")
	require.Empty(t, c.sent())
	require.False(t, c.closed)
	c.receive("13\n14")
	require.Empty(t, c.in, "input behind a blank line is thrown away")
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+"55\n", c.sent())
	require.True(t, c.closed)
	r.noneLeft(t)
}

func TestSession_LineTooLongIsAnsweredAndClosed(t *testing.T) {
	for _, local := range []net.Addr{chunkAddr, lineAddr} {
		r := newRig(t, nil)
		c := r.open(local)
		c.receive("10\n" + heavy + strings.Repeat("7", 1025))
		require.Equal(t, "55\n", c.sent())
		c.receive("8\n10\n")
		require.False(t, c.closed)
		r.manual.finish(0)
		r.loop.run()
		require.Equal(t, heavyAnswer+"[Error] line too long: more than 1024 bytes\n", c.sent())
		require.True(t, c.closed)
		require.Equal(t, map[string]uint64{"line_too_long": 1}, r.Snapshot().Failures)
	}
}

func TestSession_LongestLineIsTaken(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	line := strings.Repeat("0", 1022) + "10"
	c.receive(line + "\n" + line + "\r\n")
	require.Equal(t, "55\n55\n", c.sent())
	c.receive("0" + line + "\r\n")
	require.Equal(t, "[Error] line too long: more than 1024 bytes\n", c.sent())
}

func TestSession_AnswersKeepTheirOrder(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive("1\n" + heavy + "10\nx\n" + heavy + "12\n")
	require.Equal(t, "1\n", c.sent())
	r.manual.finish(1)
	r.loop.run()
	require.Empty(t, c.sent())
	c.receive("13\n")
	require.Empty(t, c.sent())
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+"55\n[Error] not an integer: \"x\"\n"+heavyAnswer+"144\n233\n", c.sent())
	c.receive("10\n")
	require.Equal(t, "55\n", c.sent())
	c.fin()
	r.noneLeft(t)
}

func TestSession_ResultsThatCameTogetherLeaveTogether(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + heavy + heavy)
	for i := range 3 {
		r.manual.finish(i)
	}
	require.Len(t, r.loop.queue, 1)
	r.loop.run()
	require.Equal(t, strings.Repeat(heavyAnswer, 3), c.sent())
}

func TestSession_TooExpensive(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive("recursive 60\n10\n")
	require.Equal(t, "[Error] too expensive: recursive 60 would take about 65m, the deadline is 1m0s,"+
		" the largest n that fits is 51\n55\n", c.sent())
	c.receive("93\n")
	require.Equal(t, "[Error] too expensive: recursive 93 would take more than 200 years, the deadline is 1m0s,"+
		" the largest n that fits is 51\n", c.sent())
	require.Empty(t, r.manual.tasks)
}

func TestSession_Busy(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxInflight = 2 })
	a, b := r.open(lineAddr), r.open(chunkAddr)
	a.receive(heavy + heavy + heavy + "10\n")
	b.receive(heavy + "10")
	const refused = "[Error] busy: 2 requests are in progress, try again later\n"
	require.Equal(t, refused+"55\n", b.sent())
	r.manual.finish(1)
	r.loop.run()
	b.receive(heavy)
	require.Equal(t, refused, b.sent(), "an answer that cannot leave still counts")
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+heavyAnswer+refused+"55\n", a.sent())
	b.receive(heavy)
	require.Len(t, r.manual.tasks, 3)
	require.EqualValues(t, 3, r.Snapshot().Failures["busy"])
}

func TestSession_ExecutorThatRefuses(t *testing.T) {
	executor := NewGoroutines(1)
	executor.Close()
	r := newRig(t, func(c *Config) { c.Executor = executor })
	c := r.open(lineAddr)
	c.receive(heavy + "10\n")
	require.Equal(t, "[Error] busy: 0 requests are in progress, try again later\n55\n", c.sent())
	c.fin()
	r.noneLeft(t)
}

func TestSession_InlineThreshold(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive("recursive 17\n")
	require.Equal(t, "1597\n", c.sent())
	c.receive("recursive 18\n")
	require.Empty(t, c.sent())
	require.Len(t, r.manual.tasks, 1)

	r = newRig(t, func(c *Config) { c.Inline = -1 })
	c = r.open(lineAddr)
	c.receive("1\n")
	require.Empty(t, c.sent())
	require.Len(t, r.manual.tasks, 1)
}

func TestSession_DefaultAlgorithm(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Algorithm = "doubling" })
	c := r.open(lineAddr)
	c.receive("100\n")
	require.Equal(t, "354224848179261915075\n", c.sent())
}

func TestSession_HalfCloseStillGetsAnswers(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + "10\n" + heavy + "12")
	c.fin()
	require.False(t, c.closed)
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+"55\n", c.sent())
	require.False(t, c.closed)
	r.manual.finish(1)
	r.loop.run()
	require.Equal(t, heavyAnswer+"144\n", c.sent())
	require.True(t, c.closed)
	r.noneLeft(t)
}

func TestSession_ResetCancels(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + heavy + "10\n" + heavy)
	r.manual.finish(1)
	r.loop.run()
	c.reset()
	require.True(t, r.manual.tasks[0].cancelled)
	require.False(t, r.manual.tasks[1].cancelled)
	require.True(t, r.manual.tasks[2].cancelled)
	require.EqualValues(t, 2, r.Snapshot().Cancelled)
	r.noneLeft(t)
	require.Empty(t, c.sent())
}

func TestSession_FullQueueLeavesInputUnread(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxInflight = 1 << 20 })
	c := r.open(lineAddr)
	// The first request holds up everything behind it.
	c.receive(heavy + strings.Repeat("10\n", 2*repliesMax))
	require.Len(t, c.in, 3*(repliesMax+1))
	require.Len(t, r.manual.tasks, 1)
	c.receive("12\n")
	require.Len(t, c.in, 3*(repliesMax+2))
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+strings.Repeat("55\n", 2*repliesMax)+"144\n", c.sent())
	require.Empty(t, c.in)
}

func TestSession_QueueOfLongAnswersLeavesInputUnread(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(strings.Repeat("doubling 1000000\n", 20))
	// Each is worth 209 kB.
	require.Len(t, r.manual.tasks, 6)
	for i := range 4 {
		require.Len(t, r.manual.tasks, 6)
		r.manual.finish(i)
		r.loop.run()
	}
	require.Len(t, r.manual.tasks, 10, "goes on when half is gone")
	c.reset()
	r.noneLeft(t)
}

func TestSession_FullQueueAndFin(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.receive(heavy + strings.Repeat("10\n", 2*repliesMax) + "12")
	c.fin()
	require.False(t, c.closed)
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+strings.Repeat("55\n", 2*repliesMax)+"144\n", c.sent())
	require.True(t, c.closed)
	r.noneLeft(t)
}

func TestSession_UnreadOutputLeavesInputUnread(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(lineAddr)
	c.unsent = outboundMax + 1
	c.receive("10\n")
	require.Empty(t, c.sent())
	require.Equal(t, "10\n", string(c.in))
	c.unsent = outboundMax / 2
	c.receive("")
	require.Equal(t, "55\n", c.sent())

	c.unsent = outboundMax + 1
	c.receive("10\n")
	c.fin()
	require.False(t, c.closed)
	c.unsent = outboundMax / 2
	c.receive("")
	require.Equal(t, "55\n", c.sent())
	require.True(t, c.closed)
}

func TestSession_StalledChunkKeepsItsRest(t *testing.T) {
	r := newRig(t, nil)
	c := r.open(chunkAddr)
	c.readMore = true
	c.receive(heavy + strings.Repeat("10\n", repliesMax) + "1")
	c.readMore = false // engines tell within OnTraffic only
	r.manual.finish(0)
	r.loop.run()
	require.Equal(t, heavyAnswer+strings.Repeat("55\n", repliesMax), c.sent())
	require.Equal(t, "1", string(c.in))
	c.receive("2")
	require.Equal(t, "144\n", c.sent())
}

func TestSession_LongTurnLetsOthersIn(t *testing.T) {
	r := newRig(t, nil)
	greedy, modest := r.open(lineAddr), r.open(lineAddr)
	const count = 20_000
	greedy.receive(strings.Repeat("10\n", count))
	inFirstTurn := strings.Count(greedy.sent(), "55\n")
	require.Positive(t, inFirstTurn)
	require.Less(t, inFirstTurn, count)
	greedy.receive("10\n")
	require.Empty(t, greedy.sent(), "its turn has not come again")
	modest.receive("12\n")
	require.Equal(t, "144\n", modest.sent())
	r.loop.run()
	require.Equal(t, count+1-inFirstTurn, strings.Count(greedy.sent(), "55\n"))
	require.EqualValues(t, count+2, r.Snapshot().Inline)
}

func TestSession_InlineAllocatesNothing(t *testing.T) {
	for _, change := range []func(*Config){nil, func(c *Config) { c.IdleTimeout = time.Hour }} {
		r := newRig(t, change)
		for _, local := range []net.Addr{chunkAddr, lineAddr} {
			c := r.open(local)
			request := []byte("10\n16\r\n-5\ndoubling 93\n")
			c.receive(string(request)) // warms the scratch buffer and the client's
			in := make([]byte, len(request))
			require.Zero(t, testing.AllocsPerRun(100, func() {
				copy(in, request)
				c.in, c.out = in, c.out[:0]
				r.OnTraffic(c)
			}))
			require.Equal(t, "55\n987\n1\n12200160415121876738\n", c.sent())
		}
	}
}

func BenchmarkSession_Inline(b *testing.B) {
	r := newRig(b, nil)
	c := r.open(lineAddr)
	request := []byte("1\n")
	in := make([]byte, len(request))
	b.ReportAllocs()
	for b.Loop() {
		copy(in, request)
		c.in, c.out = in, c.out[:0]
		r.OnTraffic(c)
	}
}
