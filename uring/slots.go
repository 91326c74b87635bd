package uring

// slots is a loop's table of connections. Places are used again, each time with
// the next generation. Owned by the loop.
type slots struct {
	conns       []*conn  // nil where free
	generations []uint32 // of the present or the next user of each place
	free        []uint32
}

// add puts c into a free place.
func (s *slots) add(c *conn) {
	if n := len(s.free); n > 0 {
		c.slot = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		c.slot = uint32(len(s.conns))
		s.conns = append(s.conns, nil)
		s.generations = append(s.generations, 0)
	}
	s.conns[c.slot] = c
	c.generation = s.generations[c.slot]
}

// get returns the connection that a token means, or nil if it has gone.
func (s *slots) get(slot, generation uint32) *conn {
	if int(slot) >= len(s.conns) || s.generations[slot] != generation {
		return nil
	}
	return s.conns[slot]
}

// remove frees the place of c. Nothing of c may be in flight.
func (s *slots) remove(c *conn) {
	s.conns[c.slot] = nil
	s.generations[c.slot] = (c.generation + 1) & generationMask
	s.free = append(s.free, c.slot)
}

// empty reports whether no place is taken.
func (s *slots) empty() bool { return len(s.free) == len(s.conns) }
