package uring

import "time"

// Tuned on a virtual machine, where a blocking round trip takes about 100 µs and
// a polled one 40; see ARCHITECTURE.md.
const (
	adaptivePoll  = 50 * time.Microsecond  // how long a loop looks when it expects something
	adaptiveSleep = 100 * time.Microsecond // a sleep so short could have been spent looking
	penaltyMax    = 64                     // sleeps without a look after looks that found nothing
)

// poller decides how long a loop looks for completions before it sleeps. Owned
// by the loop.
type poller struct {
	fixed time.Duration // Config.BusyPoll: zero means adaptive, negative never

	hot     bool // something came soon, the last time
	wait    int  // sleeps until the next look
	penalty int  // what wait was set to last, zero after a success
}

// limit returns how long to look now, which is not at all most of the time.
func (p *poller) limit() time.Duration {
	switch {
	case p.fixed != 0:
		return max(p.fixed, 0)
	case p.hot && p.wait == 0:
		return adaptivePoll
	}
	return 0
}

// looked takes the outcome of a look. Each one in vain makes the next rarer.
func (p *poller) looked(found bool) {
	p.hot = found
	if found {
		p.penalty = 0
		return
	}
	p.penalty = min(max(1, 2*p.penalty), penaltyMax)
	p.wait = p.penalty
}

// slept takes how long the loop has slept.
func (p *poller) slept(d time.Duration) {
	p.hot = d <= adaptiveSleep
	p.wait = max(0, p.wait-1)
}

// look submits, looks for completions and mail for at most limit, and reports
// whether it has found any. Completions are only posted by an enter; the ring's
// flags say when one is worth it.
func (l *loop) look(limit time.Duration) (bool, error) {
	const looksPerClock = 16 // reading the clock takes longer than a look
	if err := l.ring.Submit(); err != nil {
		return false, err
	}
	for start := time.Now(); ; {
		for range looksPerClock {
			if l.ring.Ready() > 0 || l.mail.waiting() {
				return true, nil
			}
			if l.ring.TaskrunPending() {
				if err := l.ring.Submit(); err != nil {
					return false, err
				}
			}
		}
		if time.Since(start) >= limit {
			return false, nil
		}
	}
}
