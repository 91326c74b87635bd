package servertest

import (
	"sync"
	"testing"
	"time"

	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/assert"
)

// referee stands between an engine and a handler and watches the rules that hold
// for every connection, whatever a test is about: OnOpen is the first callback,
// OnClose the last and the only one, OnReadClosed comes once and after the last
// byte, nothing runs beside anything else, and OnShutdown ends it all.
type referee struct {
	uring.EventHandler
	t      *testing.T
	booted chan uring.Engine

	mu     sync.Mutex
	conns  map[uring.Conn]*record // guarded by mu
	closes int                    // guarded by mu
	over   bool                   // guarded by mu: OnShutdown has run
}

// record is what has happened to one connection.
type record struct {
	busy       bool // a callback other than OnClose runs
	readClosed bool
	closed     bool
}

func newReferee(t *testing.T, h uring.EventHandler) *referee {
	return &referee{EventHandler: h, t: t, booted: make(chan uring.Engine, 1), conns: map[uring.Conn]*record{}}
}

// handler returns the referee as an engine should see it: a ReadCloser if the
// handler is one.
func (r *referee) handler() uring.EventHandler {
	if readCloser, ok := r.EventHandler.(uring.ReadCloser); ok {
		return &halfReferee{r, readCloser}
	}
	return r
}

// enter begins a callback.
func (r *referee) enter(c uring.Conn, callback string) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.conns[c]
	if callback == "OnOpen" {
		assert.Nil(r.t, rec, "a second OnOpen")
		rec = &record{}
		r.conns[c] = rec
	}
	if !assert.NotNil(r.t, rec, "%s before OnOpen", callback) {
		rec = &record{}
	}
	assert.False(r.t, rec.closed, "%s after OnClose", callback)
	assert.False(r.t, r.over, "%s after OnShutdown", callback)
	assert.False(r.t, rec.busy, "%s beside another callback", callback)
	rec.busy = true
	return rec
}

func (r *referee) leave(rec *record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec.busy = false
}

func (r *referee) OnBoot(eng uring.Engine) uring.Action {
	action := r.EventHandler.OnBoot(eng)
	r.booted <- eng
	return action
}

func (r *referee) OnOpen(c uring.Conn) ([]byte, uring.Action) {
	rec := r.enter(c, "OnOpen")
	defer r.leave(rec)
	return r.EventHandler.OnOpen(c)
}

func (r *referee) OnTraffic(c uring.Conn) uring.Action {
	rec := r.enter(c, "OnTraffic")
	defer r.leave(rec)
	return r.EventHandler.OnTraffic(c)
}

func (r *referee) OnClose(c uring.Conn, err error) uring.Action {
	rec := r.enter(c, "OnClose")
	action := r.EventHandler.OnClose(c, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec.closed = true
	r.closes++
	return action
}

func (r *referee) OnShutdown(eng uring.Engine) {
	r.EventHandler.OnShutdown(eng)
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.False(r.t, r.over, "a second OnShutdown")
	r.over = true
}

func (r *referee) OnTick() (time.Duration, uring.Action) {
	return r.EventHandler.OnTick()
}

// checkEnd checks that everything that began has ended.
func (r *referee) checkEnd() {
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.True(r.t, r.over, "no OnShutdown")
	assert.Equal(r.t, len(r.conns), r.closes, "connections opened and closed")
}

// halfReferee is a referee of a handler that is a ReadCloser.
type halfReferee struct {
	*referee
	readCloser uring.ReadCloser
}

func (r *halfReferee) OnReadClosed(c uring.Conn) uring.Action {
	rec := r.enter(c, "OnReadClosed")
	defer r.leave(rec)
	assert.False(r.t, rec.readClosed, "a second OnReadClosed")
	rec.readClosed = true
	return r.readCloser.OnReadClosed(c)
}
