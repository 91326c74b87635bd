package fibserver

import "time"

// A session has at most one timer, and only while it has something to wait for.
// It is not moved on every request: when it fires early, it is armed again for
// what remains.

// limitIdle begins to watch for idleness, if there is a limit.
func (s *session) limitIdle() {
	if idle := s.shard.server.config.IdleTimeout; idle > 0 {
		s.touch()
		s.arm(idle)
	}
}

// touch notes that the session is in use.
func (s *session) touch() {
	if s.shard.server.config.IdleTimeout > 0 {
		s.lastActive = time.Now()
	}
}

// limitHalfClose gives the session until the half-close limit to end. While the
// server drains it is not the peer who has ended the input, and the limit of
// the drain holds instead.
func (s *session) limitHalfClose() {
	if s.shard.server.draining.Load() {
		return
	}
	limit := s.shard.server.config.HalfClose
	s.cutOff = time.Now().Add(limit)
	s.arm(limit)
}

// arm sets the timer, which fires on the loop.
func (s *session) arm(d time.Duration) {
	if s.timer != nil {
		s.timer.Reset(d)
		return
	}
	s.timer = time.AfterFunc(d, func() { s.shard.execute(s.expire) })
}

// expire handles the timer.
func (s *session) expire() {
	if s.closed || s.closing {
		return
	}
	end := s.expiry()
	if end.IsZero() {
		return
	}
	if remains := time.Until(end); remains > 0 {
		s.arm(remains)
		return
	}
	s.giveUp()
}

// expiry returns when the session's time is over as things are, or zero if
// there is no limit any more.
func (s *session) expiry() time.Time {
	switch idle := s.shard.server.config.IdleTimeout; {
	case s.readClosed:
		return s.cutOff
	case s.queue.empty():
		return s.lastActive.Add(idle)
	default:
		return time.Now().Add(idle)
	}
}
