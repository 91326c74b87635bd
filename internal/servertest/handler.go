package servertest

import (
	"time"

	"github.com/corering/corering/uring"
)

// handler is an event handler made of functions; what is nil does nothing.
type handler struct {
	uring.BuiltinEventEngine
	boot    func(uring.Engine) uring.Action
	open    func(uring.Conn) ([]byte, uring.Action)
	traffic func(uring.Conn) uring.Action
	closed  func(uring.Conn, error)
	last    uring.Action // what OnClose returns
	tick    func() (time.Duration, uring.Action)
}

// halfHandler is a handler whose connections outlive the peer's FIN.
type halfHandler struct {
	handler
	readClosed func(uring.Conn) uring.Action
}

func (h *handler) OnBoot(eng uring.Engine) uring.Action {
	if h.boot == nil {
		return uring.None
	}
	return h.boot(eng)
}

func (h *handler) OnOpen(c uring.Conn) ([]byte, uring.Action) {
	if h.open == nil {
		return nil, uring.None
	}
	return h.open(c)
}

func (h *handler) OnTraffic(c uring.Conn) uring.Action {
	if h.traffic == nil {
		return uring.None
	}
	return h.traffic(c)
}

func (h *handler) OnClose(c uring.Conn, err error) uring.Action {
	if h.closed != nil {
		h.closed(c, err)
	}
	return h.last
}

func (h *handler) OnTick() (time.Duration, uring.Action) {
	if h.tick == nil {
		return time.Hour, uring.None
	}
	return h.tick()
}

func (h *halfHandler) OnReadClosed(c uring.Conn) uring.Action { return h.readClosed(c) }

// echo writes back what has arrived.
func echo(c uring.Conn) uring.Action {
	p, _ := c.Next(-1)
	_, _ = c.Write(p)
	return uring.None
}

// leave reads nothing.
func leave(uring.Conn) uring.Action { return uring.None }

// ends is a place for what OnClose was told.
type ends chan error

func newEnds() ends { return make(ends, 1024) }

func (e ends) closed(_ uring.Conn, err error) { e <- err }
