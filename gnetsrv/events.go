package gnetsrv

import (
	"time"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
)

// events is the gnet.EventHandler of a server. It turns gnet's connections into
// ours, which it finds as their context.
type events struct {
	server  *server
	started bool // OnBoot has returned and did not refuse
}

// OnBoot runs when the first loop's listeners are open.
func (e *events) OnBoot(eng gnet.Engine) gnet.Action {
	s := e.server
	s.engine = engine{Engine: eng, server: s}
	s.release()
	action := s.handler.OnBoot(s.engine)
	e.started = action != uring.Shutdown
	return action
}

// OnShutdown runs when gnet begins to stop. The handler's own runs at the end.
func (e *events) OnShutdown(gnet.Engine) {
	s := e.server
	s.waiting = listeners(s.addrs)
	s.park()
	s.lingerers.hurry()
}

func (e *events) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	s := e.server
	l := s.loopOf(gc.EventLoop())
	if gc.Fd() >= s.fdLimit {
		s.refuse(l)
		return nil, gnet.Close
	}
	c := newConn(l, gc)
	out, action := s.handler.OnOpen(c)
	if len(out) > 0 {
		// Not left to gnet, whose buffer is lost when gnet closes. An error
		// ends the connection by itself.
		_, _ = c.Write(out)
	}
	return nil, s.translate(action)
}

// OnTraffic is the hot path.
func (e *events) OnTraffic(gc gnet.Conn) gnet.Action {
	c := gc.Context().(*conn)
	action := c.traffic()
	if action == uring.None {
		return gnet.None
	}
	return e.server.translate(action)
}

func (e *events) OnClose(gc gnet.Conn, err error) gnet.Action {
	if c, ok := gc.Context().(*conn); ok { // others were refused
		c.gnetCloses(err)
	}
	return gnet.None
}

func (e *events) OnTick() (time.Duration, gnet.Action) {
	delay, action := e.server.handler.OnTick()
	return delay, e.server.translate(action)
}

// translate turns what a callback wants into what gnet is to do. The engine is
// stopped in one way only, so that it is known to have been asked for.
func (s *server) translate(action uring.Action) gnet.Action {
	if action == uring.Shutdown {
		s.stop()
		return gnet.None
	}
	return action
}

// refuse counts a connection that is not served for lack of descriptors.
func (s *server) refuse(l *loop) {
	l.stats.AcceptFails++
	s.warnedFull.Do(func() {
		s.config.Logger.Warn("refusing connections: the descriptors are running out", "limit", s.fdLimit)
	})
}
