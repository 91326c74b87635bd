package fibserver

import "github.com/corering/corering/internal/fib"

// read takes as many requests from the input as may be taken now.
func (s *session) read() {
	sh := s.shard
	sh.spent, sh.inline = 0, 0
	for s.mayRead() && s.readWindow() {
	}
	if sh.inline > 0 {
		sh.counters.inline.Add(sh.inline)
	}
	if s.ended {
		s.discard()
	}
}

// mayRead tells whether nothing asks the session to leave its input unread.
func (s *session) mayRead() bool {
	if s.stalled && s.queue.count <= repliesMax/2 && s.queue.owed <= owedMax/2 {
		s.stalled = false
	}
	return !s.ended && !s.stalled && !s.waiting && s.conn.OutboundBuffered() <= outboundMax
}

// readWindow takes requests from the front of the input and tells whether there
// is more to take behind it.
func (s *session) readWindow() bool {
	buffered := s.conn.InboundBuffered()
	size := min(buffered, window)
	if size == 0 {
		return false
	}
	in, err := s.conn.Peek(size)
	if err != nil {
		return false
	}
	more := size < buffered || in[size-1] != '\n' && s.restFollows()
	used := s.readRequests(in, more)
	if used > 0 {
		_, _ = s.conn.Discard(used)
	}
	return used > 0 && size < buffered
}

// restFollows tells whether a line without newline at the end of the input may
// still be completed.
func (s *session) restFollows() bool {
	switch {
	case s.readClosed:
		return false
	case s.split.mode == Line:
		return true
	case s.delivering:
		return s.readMore()
	}
	return s.held
}

// readRequests handles the requests at the front of in and returns how many
// bytes they are. Nothing of in is referred to afterwards.
func (s *session) readRequests(in []byte, more bool) (used int) {
	for used < len(in) && !s.ended && !s.mustPause() {
		piece, n, what := s.split.next(in[used:], more)
		used += n
		switch what {
		case cutNone:
			return used
		case cutRequest:
			s.answer(piece)
		case cutBlank:
			s.ended = true
		case cutTooLong:
			s.fail(failure{kind: lineTooLong, count: s.split.maxLine})
			s.ended = true
		}
	}
	return used
}

// mustPause tells whether the session has to leave the rest of its input for
// later, and sees to it that it gets there.
func (s *session) mustPause() bool {
	if s.queue.count >= repliesMax || s.queue.owed >= owedMax {
		s.stalled = true
		return true
	}
	if s.shard.spent >= turnMax {
		s.waiting = true
		s.shard.again(s)
		return true
	}
	return false
}

// answer decides where a request is computed.
func (s *session) answer(piece []byte) {
	server := s.shard.server
	s.shard.spent += requestCost
	call, problem := parseRequest(piece, server.bare)
	if problem.kind != noFailure {
		s.fail(problem)
		return
	}
	switch estimate := server.model.Estimate(call); {
	case estimate <= server.config.Inline:
		s.shard.spent += estimate
		s.compute(call)
	case estimate <= server.config.Deadline:
		s.offload(call)
	default:
		s.fail(failure{
			kind: tooExpensive, function: call.Function, argument: call.Args[0],
			estimate: estimate, deadline: server.config.Deadline,
			fits: server.model.LargestWithin(call.Function, server.config.Deadline),
		})
	}
}

// compute answers a request on the loop.
func (s *session) compute(call fib.Call) {
	sh := s.shard
	start := len(sh.out)
	// Without a cancel flag there is no error.
	sh.out, _ = call.Run(sh.out, nil)
	sh.out = append(sh.out, '\n')
	sh.inline++
	s.place(start)
}

// fail answers a request with an error.
func (s *session) fail(f failure) {
	sh := s.shard
	start := len(sh.out)
	sh.out = f.append(sh.out)
	sh.counters.failures[f.kind].Add(1)
	s.place(start)
}

// place takes the answer that begins at start of the output to the queue, if
// earlier requests are still unanswered.
func (s *session) place(start int) {
	if s.queue.empty() {
		return
	}
	s.queue.follow(s.shard.out[start:])
	s.shard.out = s.shard.out[:start]
}

// offload hands a request to the executor.
func (s *session) offload(call fib.Call) {
	server := s.shard.server
	most := server.config.MaxInflight
	if server.inflight.Add(1) > int64(most) {
		server.inflight.Add(-1)
		s.fail(failure{kind: busy, count: most})
		return
	}
	r := &reply{session: s, size: call.Size() + len("\n")}
	task, err := server.executor.Submit(call, func(res fib.Result) { s.shard.finish(r, res) })
	if err != nil {
		s.fail(failure{kind: busy, count: int(server.inflight.Add(-1))})
		return
	}
	r.task = task
	s.queue.push(r)
	s.shard.counters.offloaded.Add(1)
}
