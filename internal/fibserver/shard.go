package fibserver

import (
	"context"
	"sync"
	"time"

	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/uring"
)

// shard is what one event loop has of the server: its sessions and counters.
// But for the mailbox it is owned by that loop.
type shard struct {
	server   *Server
	loop     uring.EventLoop
	sessions map[*session]struct{}
	counters counters

	// Of the session whose turn it is: what it sends, how much work it did on
	// the loop, and how many requests that was.
	out    []byte
	spent  time.Duration
	inline uint64

	// The mailbox is how other goroutines, and sessions that have used up
	// their turn, reach the loop. One Execute stands for all that is in it.
	mu       sync.Mutex
	results  []result   // guarded by mu
	resuming []*session // guarded by mu
	posted   bool       // guarded by mu: true exactly when an Execute is under way
}

// result is the end of a computation on its way to the loop.
type result struct {
	reply *reply
	fib.Result
}

// scratchMax is the capacity in bytes of the scratch buffer that is kept for
// the next turn.
const scratchMax = 64 << 10

func newShard(server *Server, loop uring.EventLoop) *shard {
	return &shard{server: server, loop: loop, sessions: make(map[*session]struct{})}
}

// finish brings a result to the loop. Safe for concurrent use.
func (sh *shard) finish(r *reply, res fib.Result) {
	sh.mu.Lock()
	sh.results = append(sh.results, result{r, res})
	sh.post()
}

// again gives a session another turn once the loop has looked at the others.
func (sh *shard) again(s *session) {
	sh.mu.Lock()
	sh.resuming = append(sh.resuming, s)
	sh.post()
}

// post asks the loop to empty the mailbox, and unlocks it. A loop that takes
// nothing any more has closed all its connections, so nobody waits for what
// stays in.
func (sh *shard) post() {
	needed := !sh.posted
	sh.posted = true
	sh.mu.Unlock()
	if needed {
		_ = sh.loop.Execute(context.Background(), sh)
	}
}

// Run implements uring.Runnable: the loop empties the mailbox.
func (sh *shard) Run(context.Context) error {
	sh.mu.Lock()
	results, resuming := sh.results, sh.resuming
	sh.results, sh.resuming, sh.posted = nil, nil, false
	sh.mu.Unlock()

	for _, r := range results {
		r.reply.result, r.reply.ready = r.Result, true
	}
	// Only now, so that results that came together leave together.
	for _, r := range results {
		r.reply.session.resume()
	}
	for _, s := range resuming {
		s.waiting = false
		s.resume()
	}
	return nil
}

// execute runs f on the loop, unless that has ended.
func (sh *shard) execute(f func()) {
	_ = sh.loop.Execute(context.Background(), uring.RunnableFunc(func(context.Context) error {
		f()
		return nil
	}))
}

// send writes what out gathered to the connection.
func (sh *shard) send(c uring.Conn) {
	if len(sh.out) == 0 {
		return
	}
	out := sh.out
	// The write may fail and close the connection, which is not ours to handle:
	// OnClose says so.
	_, _ = c.Write(out)
	sh.out = out[:0]
	if cap(out) > scratchMax {
		sh.out = nil
	}
}

// open begins a session.
func (sh *shard) open(c uring.Conn, mode Mode) *session {
	s := newSession(sh, c, mode)
	sh.sessions[s] = struct{}{}
	return s
}

// drain treats every connection as if its peer had sent its FIN.
func (sh *shard) drain() {
	for s := range sh.sessions {
		s.drain()
	}
}

// abort ends every session.
func (sh *shard) abort() {
	for s := range sh.sessions {
		s.abort()
	}
}
