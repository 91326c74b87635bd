package bench

// script is the cycle of requests that every connection sends over and over,
// laid out so that each batch of depth requests is one contiguous slice, and so
// are its answers. Immutable after newScript; shared by all connections.
type script struct {
	period int // entries after which the cycle repeats
	depth  int // requests in a batch

	sends    []byte
	expects  []byte
	sendAt   []int // entry i is sends[sendAt[i]:sendAt[i+1]]
	expectAt []int // its answer is expects[expectAt[i]:expectAt[i+1]]
}

// newScript unrolls the cycle by one batch less one entry, because a batch may
// start at any entry of the cycle.
func newScript(requests []Request, depth int) *script {
	s := &script{period: len(requests), depth: depth}
	for i := range len(requests) + depth - 1 {
		request := requests[i%len(requests)]
		s.sendAt = append(s.sendAt, len(s.sends))
		s.expectAt = append(s.expectAt, len(s.expects))
		s.sends = append(s.sends, request.Send...)
		s.expects = append(s.expects, request.Expect...)
	}
	s.sendAt = append(s.sendAt, len(s.sends))
	s.expectAt = append(s.expectAt, len(s.expects))
	return s
}

// batch returns the requests of the batch that starts at an entry of the cycle.
func (s *script) batch(first int) []byte {
	return s.sends[s.sendAt[first]:s.sendAt[first+s.depth]]
}

// answer returns the answer to an entry.
func (s *script) answer(entry int) []byte {
	return s.expects[s.expectAt[entry]:s.expectAt[entry+1]]
}
