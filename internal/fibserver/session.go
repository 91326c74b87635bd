package fibserver

import (
	"time"

	"github.com/corering/corering/uring"
	"golang.org/x/sys/unix"
)

// Bounds of what one session may hold and do.
const (
	// window is how many bytes of input a session looks at in one go.
	window = 64 << 10
	// repliesMax and owedMax are the number of queued answers, and of the bytes
	// that they will be worth, from which a session leaves its input unread
	// until half of them are gone. The engine then stops reading from the peer.
	repliesMax = 128
	owedMax    = 1 << 20
	// outboundMax is what the engines have as the default of MaxOutbound. Above
	// it a session leaves its input unread; the engine has stopped reading as
	// well, and calls OnTraffic when half of the output is sent.
	outboundMax = 1 << 20
	// turnMax is how much estimated work a session does on the loop before the
	// others have their turn, and requestCost what a request costs besides its
	// computation.
	turnMax     = 500 * time.Microsecond
	requestCost = 150 * time.Nanosecond
)

// session is one connection. Owned by its loop.
type session struct {
	conn  uring.Conn
	more  uring.MoreReader // conn, if it can tell
	shard *shard
	split splitter

	queue   replies
	stalled bool // input waits for the queue to shrink
	waiting bool // input waits for the other sessions to have their turn

	delivering bool // OnTraffic runs: the engine knows whether more is to come
	held       bool // more was to come when OnTraffic left input unread
	readClosed bool // the peer, or a drain, has ended the input
	ended      bool // a blank or over-long line has: nothing is parsed any more
	closing    bool // the engine was asked to close the connection
	closed     bool // OnClose has run

	timer      *time.Timer // nil unless there is something to wait for
	lastActive time.Time   // zero without an idle timeout
	cutOff     time.Time   // when a half-closed session is given up; zero if never
}

// newSession begins the session of a connection that was accepted.
func newSession(sh *shard, c uring.Conn, mode Mode) *session {
	s := &session{conn: c, shard: sh, split: splitter{mode: mode, maxLine: sh.server.config.MaxLine}}
	s.more, _ = c.(uring.MoreReader)
	s.limitIdle()
	return s
}

// received handles OnTraffic.
func (s *session) received() uring.Action {
	s.delivering = true
	action := s.advance()
	if s.split.mode == Chunk && !s.closed && s.conn.InboundBuffered() > 0 {
		s.held = s.readMore()
	}
	s.delivering = false
	return action
}

// readMore asks the engine whether more is to come at once. It may cost a
// system call.
func (s *session) readMore() bool { return s.more != nil && s.more.ReadMore() }

// readEnded handles OnReadClosed.
func (s *session) readEnded() uring.Action {
	s.readClosed = true
	action := s.advance()
	if !s.closing {
		s.limitHalfClose()
	}
	return action
}

// resume goes on after something outside of the engine has happened.
func (s *session) resume() {
	if s.closed || s.closing {
		return
	}
	if s.advance() == uring.Close {
		_ = s.conn.Close()
	}
}

// advance does what can be done now: it sends the answers whose turn it is,
// takes more requests, and says whether the session is over.
func (s *session) advance() uring.Action {
	if s.closing {
		s.discard()
		return uring.None
	}
	s.touch()
	s.deliver()
	s.read()
	s.shard.send(s.conn)
	if s.closed || !s.over() {
		return uring.None
	}
	s.closing = true
	return uring.Close
}

// over tells whether everything is answered and nothing more can come.
func (s *session) over() bool {
	if !s.queue.empty() {
		return false
	}
	return s.ended || s.readClosed && s.conn.InboundBuffered() == 0
}

// deliver moves the answers whose turn has come to the output.
func (s *session) deliver() {
	sh := s.shard
	for r := s.queue.head; r != nil && r.ready; r = s.queue.head {
		if r.result.Err != nil {
			sh.counters.cancelled.Add(1)
			sh.counters.failures[cancelled].Add(1)
			sh.out = failure{kind: cancelled}.append(sh.out)
		} else {
			sh.out = append(append(sh.out, r.result.Text...), '\n')
		}
		sh.out = append(sh.out, r.after...)
		s.queue.pop()
		sh.server.inflight.Add(-1)
	}
}

// discard throws the input away.
func (s *session) discard() {
	if n := s.conn.InboundBuffered(); n > 0 {
		_, _ = s.conn.Discard(n)
	}
}

// drain makes the engine see the end of input behind what has arrived.
func (s *session) drain() {
	// On failure the connection is gone, and its end is on its way.
	_ = unix.Shutdown(s.conn.Fd(), unix.SHUT_RD)
}

// abort cancels what is unfinished, answers so, and ends the session.
func (s *session) abort() {
	s.ended = true
	for r := s.queue.head; r != nil; r = r.next {
		r.task.Cancel()
	}
	s.resume()
}

// giveUp ends the session without answers to what is unfinished.
func (s *session) giveUp() {
	s.closing = true
	_ = s.conn.Close()
}

// close handles OnClose: it cancels what is unfinished.
func (s *session) close() {
	s.closed = true
	for r := s.queue.head; r != nil; r = r.next {
		if !r.ready {
			r.task.Cancel()
			s.shard.counters.cancelled.Add(1)
		}
		s.shard.server.inflight.Add(-1)
	}
	s.queue = replies{}
	if s.timer != nil {
		s.timer.Stop()
	}
	delete(s.shard.sessions, s)
}
