package gnetsrv

import "sync"

// maxBatches bounds how often a loop looks into its mailbox again when more has
// come meanwhile. After that the next trigger comes from another goroutine, for
// gnet does not look at its sockets while triggers come from the loop itself.
const maxBatches = 16

// mailbox carries functions to a loop, which runs them in the order in which
// they were posted. gnet's own queues keep no order between their two
// priorities, drop what is left when the engine stops, and write to a closed
// descriptor afterwards. A function given to a mailbox always runs: on the loop
// while there is one, then on the goroutine that ends the engine, and at last on
// that of the poster; never two at a time.
type mailbox struct {
	trigger func() // makes the loop call deliver, once

	mu       sync.Mutex
	tasks    []func()       // guarded by mu
	phase    mailPhase      // guarded by mu
	armed    bool           // guarded by mu: somebody is going to take the tasks
	triggers sync.WaitGroup // calls of trigger under way; none begins after live
}

// A mailPhase says who runs the functions.
type mailPhase uint8

const (
	live   mailPhase = iota // the loop
	parked                  // nobody for now
	ended                   // who posts
)

// post adds a function. Safe for concurrent use.
func (m *mailbox) post(task func()) {
	m.mu.Lock()
	m.tasks = append(m.tasks, task)
	if m.armed || m.phase == parked {
		m.mu.Unlock()
		return
	}
	m.armed = true
	if m.phase == ended {
		m.mu.Unlock()
		m.exhaust()
		return
	}
	m.triggers.Add(1)
	m.mu.Unlock()
	m.trigger()
	m.triggers.Done()
}

// deliver runs what has been posted. Called on the loop.
func (m *mailbox) deliver() {
	var done []func()
	for range maxBatches {
		tasks := m.take(done)
		if len(tasks) == 0 {
			return
		}
		for i, task := range tasks {
			tasks[i] = nil
			task()
		}
		done = tasks[:0]
	}
	if m.more() {
		go func() {
			m.trigger()
			m.triggers.Done()
		}()
	}
}

// take swaps the tasks for the list of those done before. If there are none it
// leaves the next trigger to who posts next.
func (m *mailbox) take(done []func()) []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks := m.tasks
	m.tasks = done
	m.armed = len(tasks) > 0
	return tasks
}

// more reports whether the loop needs a trigger for what is left, which then
// counts as under way.
func (m *mailbox) more() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed = m.phase == live && len(m.tasks) > 0
	if m.armed {
		m.triggers.Add(1)
	}
	return m.armed
}

// park keeps functions back until exhaust. When it returns, no call of trigger
// is under way and none will follow, so that what it writes to may be closed.
func (m *mailbox) park() {
	m.mu.Lock()
	m.phase = parked
	m.mu.Unlock()
	m.triggers.Wait()
}

// exhaust runs functions until there are none, and leaves further ones to those
// who post them. The loop must have ended.
func (m *mailbox) exhaust() {
	m.mu.Lock()
	for len(m.tasks) > 0 {
		tasks := m.tasks
		m.tasks = nil
		m.mu.Unlock()
		for _, task := range tasks {
			task()
		}
		m.mu.Lock()
	}
	m.phase = ended
	m.armed = false
	m.mu.Unlock()
}
