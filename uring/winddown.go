package uring

// A loopPhase is how far the end of a loop has come.
type loopPhase uint8

const (
	serving  loopPhase = iota
	refusing           // the accepts are being cancelled
	quiet              // the listeners are closed, and connections go on
	looking            // one more turn for what those accepted last have sent
	closing            // ends with the last connection
)

func (l *loop) finished() bool { return l.phase == closing && l.slots.empty() }

// quiesce makes the loop accept who still waits, and then nobody. It runs on the
// loop.
func (l *loop) quiesce() {
	if l.phase == serving {
		l.phase = refusing
		l.stopAccepting()
	}
}

// stop is quiesce, and then the end of all connections and of the loop. It runs
// on the loop.
func (l *loop) stop() {
	l.ending = true
	l.quiesce()
}

// windDown takes a loop that does not serve any more one phase further.
func (l *loop) windDown() {
	switch {
	case l.phase == refusing && !l.accepting():
		l.phase = quiet
		close(l.quieted)
	case l.phase == quiet && l.ending:
		l.phase = looking
	case l.phase == looking:
		l.phase = closing
		l.closeAll()
	}
}

// hurried reports whether the end of the loop goes on without anybody's doing.
func (l *loop) hurried() bool {
	return l.phase == refusing || l.phase == quiet && l.ending || l.phase == looking || l.finished()
}

// closeAll ends all connections. Those that linger only for their peer's FIN
// need not.
func (l *loop) closeAll() {
	for _, c := range l.slots.conns {
		switch {
		case c == nil:
		case c.phase == opened:
			c.closeForStop()
		case c.phase == lingering && c.acknowledged(1):
			c.die()
			c.release()
		}
	}
}
