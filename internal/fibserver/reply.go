package fibserver

import "github.com/corering/corering/internal/fib"

// reply stands in a session's queue for an answer that is being computed,
// together with the answers that were ready before it and must follow it. Owned
// by the session's loop.
type reply struct {
	session *session
	task    Task
	size    int // bytes of the answer, at most

	ready  bool // true exactly when result is there
	result fib.Result

	after []byte // answers that follow this one, ready to be sent
	count int    // of all answers: this one and those in after

	next *reply
}

// replies is a queue of answers in the order of their requests. It is empty
// unless something is being computed. The zero value is ready.
type replies struct {
	head, tail *reply
	count      int // answers, those in after included
	owed       int // bytes that they will be worth, at most
}

// push appends an answer that is being computed.
func (q *replies) push(r *reply) {
	if q.tail == nil {
		q.head = r
	} else {
		q.tail.next = r
	}
	q.tail = r
	r.count = 1
	q.count++
	q.owed += r.size
}

// pop removes the first answer and those that follow it ready.
func (q *replies) pop() {
	r := q.head
	q.head = r.next
	if q.head == nil {
		q.tail = nil
	}
	q.count -= r.count
	q.owed -= r.size + len(r.after)
}

// follow appends an answer that is ready and not at its turn yet.
func (q *replies) follow(text []byte) {
	q.tail.after = append(q.tail.after, text...)
	q.tail.count++
	q.count++
	q.owed += len(text)
}

// empty tells whether nothing is outstanding.
func (q *replies) empty() bool { return q.head == nil }
