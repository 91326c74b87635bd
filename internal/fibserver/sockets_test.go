package fibserver_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/internal/fibserver"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	// heavy is offloaded, and endless runs until it is cancelled.
	heavy, heavyAnswer = "recursive 27\n", "196418\n"
	endless            = "recursive 51\n"

	stopping = "[Error] cancelled: the server is stopping\n"
)

func TestSockets_ChunkMode(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := dial(t, s.chunk)
		c.send("30")
		c.expect("832040\n")
		c.send("10\nabc\r\n-1")
		c.expect("55\n[Error] not an integer: \"abc\"\n1\n")
		c.send("\n")
		c.expect("[Error] not an integer: \"\"\n")
		c.finish()
		c.expectLast("")
	}, nil)
}

func TestSockets_LineMode(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := dial(t, s.line)
		c.send("3")
		c.send("0\r\ndoubling 100\nfoo 1\n1")
		c.expect("832040\n354224848179261915075\n" +
			"[Error] unknown function: \"foo\" (known: doubling, iterative, recursive)\n")
		c.send("0\n\n12\n")
		c.expectLast("55\n")
	}, nil)
}

func TestSockets_InputBehindABlankLineIsIgnored(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := dial(t, s.line)
		c.send(heavy + "10\n\n")
		var sender sync.WaitGroup
		sender.Go(func() {
			for range 100 {
				if _, err := c.Write([]byte("12\n")); err != nil {
					return // the session is over
				}
			}
		})
		c.expect(heavyAnswer + "55\n")
		sender.Wait()
		require.NoError(t, c.Close())
	}, nil)
}

func TestSockets_LongAnswer(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		text, err := fib.Call{Function: fib.Lookup("doubling"), Args: [fib.MaxArgs]int64{1_000_000}}.Run(nil, nil)
		require.NoError(t, err)
		c := dial(t, s.line)
		c.send("doubling 1000000\n10\n")
		c.finish()
		c.expectLast(string(text) + "\n55\n")
	}, nil)
}

func TestSockets_MixedPipelineKeepsItsOrder(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				var requests, answers strings.Builder
				for i := range 200 {
					n := i % 26
					fmt.Fprintf(&requests, "recursive %d\n", n)
					text, _ := fib.Call{Function: fib.Lookup("doubling"), Args: [fib.MaxArgs]int64{int64(n)}}.Run(nil, nil)
					answers.WriteString(string(text) + "\n")
				}
				c := dial(t, s.line)
				c.send(requests.String())
				c.expect(answers.String())
				c.finish()
				c.expectLast("")
			})
		}
		clients.Wait()
		snap := s.Snapshot()
		require.EqualValues(t, 1600, snap.Requests)
		require.Zero(t, snap.Failed)
		require.Positive(t, snap.Inline)
		require.Positive(t, snap.Offloaded)
	}, nil)
}

func TestSockets_HalfCloseStillGetsAnswers(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		for _, addr := range []string{s.chunk, s.line} {
			c := dial(t, addr)
			c.send(heavy + "10\n" + heavy + heavy + "12")
			c.finish()
			c.expectLast(heavyAnswer + "55\n" + heavyAnswer + heavyAnswer + "144\n")
		}
	}, nil)
}

func TestSockets_HalfCloseLimit(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := dial(t, s.line)
		c.send("10\n" + endless)
		c.finish()
		c.expectLast("55\n")
		require.EqualValues(t, 1, s.Snapshot().Cancelled)
	}, func(c *fibserver.Config) { c.HalfClose = 20 * time.Millisecond })
}

// observed is an executor that tells of cancellations.
type observed struct {
	fibserver.Executor
	cancelled chan struct{}
}

func (o observed) Submit(call fib.Call, done func(fib.Result)) (fibserver.Task, error) {
	return o.Executor.Submit(call, func(r fib.Result) {
		if r.Err != nil {
			o.cancelled <- struct{}{}
		}
		done(r)
	})
}

func TestSockets_ResetCancels(t *testing.T) {
	executor := observed{fibserver.NewGoroutines(1), make(chan struct{}, 100)}
	defer executor.Close()
	onEngines(t, func(t *testing.T, s *service) {
		for _, finish := range []bool{false, true} {
			c := dial(t, s.line)
			c.send("10\n" + endless + endless + heavy)
			c.expect("55\n")
			if finish {
				c.finish()
			}
			c.reset()
			for range 3 {
				<-executor.cancelled
			}
		}
		s.stop()
		require.EqualValues(t, 6, s.Snapshot().Cancelled)
	}, func(c *fibserver.Config) { c.Executor = executor })
}

func TestSockets_OverlongLineIsAnsweredWhileTheClientSends(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		for _, addr := range []string{s.chunk, s.line} {
			c := dial(t, addr)
			var sender sync.WaitGroup
			sender.Go(func() {
				line := []byte(strings.Repeat("7", 1<<20))
				for range 4 {
					if _, err := c.Write(line); err != nil {
						return // the server need not take it all
					}
				}
			})
			c.expect("[Error] line too long: more than 1024 bytes\n")
			sender.Wait()
			require.NoError(t, c.Close())
		}
	}, nil)
}

func TestSockets_FullServerRefuses(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		a, b := dial(t, s.line), dial(t, s.chunk)
		a.send("10\n")
		a.expect("55\n")
		b.send("10")
		b.expect("55\n")
		for _, addr := range []string{s.line, s.chunk} {
			dial(t, addr).expectLast("[Error] server full: 2 clients are connected, try again later\n")
		}
		a.finish()
		a.expectLast("")
		c := dial(t, s.line)
		c.send("12\n")
		c.expect("144\n")
		for _, c := range []*client{b, c} {
			c.finish()
			c.expectLast("")
		}
	}, func(c *fibserver.Config) { c.MaxConns = 2 })
}

func TestSockets_DrainAnswersEverything(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		var clients []*client
		for i := range 20 {
			c := dial(t, []string{s.chunk, s.line}[i%2])
			c.send("10\n")
			c.expect("55\n") // so that it is known to be accepted
			c.send(heavy + "12\n" + heavy)
			clients = append(clients, c)
		}
		s.Drain()
		for _, c := range clients {
			c.expectLast(heavyAnswer + "144\n" + heavyAnswer)
		}
		<-s.Drained()
		require.Zero(t, s.Snapshot().Connections)
	}, nil)
}

func TestSockets_AbortTellsWhoWaits(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c, idle := dial(t, s.line), dial(t, s.chunk)
		c.send("1\n" + endless + "10\n" + endless)
		c.expect("1\n")
		idle.send("1")
		idle.expect("1\n")
		s.Drain()
		idle.expectLast("")
		s.Abort()
		c.expectLast(stopping + "55\n" + stopping)
		<-s.Drained()
	}, nil)
}

func TestSockets_IdleConnectionIsClosed(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := dial(t, s.line)
		c.send(heavy)
		c.expectLast(heavyAnswer)
		dial(t, s.chunk).expectLast("")
	}, func(c *fibserver.Config) { c.IdleTimeout = 20 * time.Millisecond })
}

func TestSockets_ClientThatReadsLate(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		answer, err := fib.Call{Function: fib.Lookup("doubling"), Args: [fib.MaxArgs]int64{1500}}.Run(nil, nil)
		require.NoError(t, err)
		const count = 40_000 // worth 13 MB
		c := dial(t, s.line)
		var sender sync.WaitGroup
		sender.Go(func() {
			c.send(strings.Repeat("doubling 1500\n", count))
			c.finish()
		})
		sender.Wait()
		c.expectLast(strings.Repeat(string(answer)+"\n", count))
	}, nil)
}

// exchange is one request with its answer.
type exchange struct{ request, answer string }

var exchanges = rapid.SampledFrom([]exchange{
	{"10", "55"}, {"1", "1"}, {"-3", "1"}, {"30", "832040"}, {"recursive 20", "6765"},
	{"doubling 100", "354224848179261915075"}, {" iterative\t93 ", "12200160415121876738"},
	{"abc", `[Error] not an integer: "abc"`},
	{"94", "[Error] out of range: recursive takes n up to 93, got 94"},
	{"doubling", "[Error] wrong number of arguments: doubling takes 1, got 0"},
	{"recursive 93", "[Error] too expensive: recursive 93 would take more than 200 years," +
		" the deadline is 1m0s, the largest n that fits is 51"},
})

func TestSockets_AnySplittingGivesTheSameAnswers(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		rapid.Check(t, func(t *rapid.T) {
			var stream, answers strings.Builder
			for _, e := range rapid.SliceOfN(exchanges, 0, 30).Draw(t, "exchanges") {
				stream.WriteString(e.request + rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end"))
				answers.WriteString(e.answer + "\n")
			}
			if rapid.Bool().Draw(t, "blank line") {
				stream.WriteString("\n")
			}
			c := dial(t, s.line)
			rest := stream.String()
			for len(rest) > 0 {
				n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
				c.send(rest[:n])
				rest = rest[n:]
			}
			c.finish()
			c.expectLast(answers.String())
		})
	}, nil)
}
