package uring

import "time"

// timers are deadlines that all lie the same time ahead when they are set, so a
// queue keeps them in order. One that no longer counts is not removed: whoever
// pops it looks. Owned by the loop.
type timers struct {
	after time.Duration
	queue []timer
	head  int // queue[:head] has been popped
}

type timer struct {
	at               time.Time
	slot, generation uint32
}

func (t *timers) len() int { return len(t.queue) - t.head }

func (t *timers) empty() bool { return t.len() == 0 }

// push sets a deadline for a connection and returns it.
func (t *timers) push(c *conn) time.Time {
	at := time.Now().Add(t.after)
	if t.head > len(t.queue)/2 {
		t.queue = append(t.queue[:0], t.queue[t.head:]...)
		t.head = 0
	}
	t.queue = append(t.queue, timer{at, c.slot, c.generation})
	return at
}

// next returns the earliest deadline, or zero.
func (t *timers) next() time.Time {
	if t.empty() {
		return time.Time{}
	}
	return t.queue[t.head].at
}

// pop returns a deadline that has passed.
func (t *timers) pop(now time.Time) (timer, bool) {
	if t.empty() || now.Before(t.queue[t.head].at) {
		return timer{}, false
	}
	t.head++
	return t.queue[t.head-1], true
}
