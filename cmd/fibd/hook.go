package main

import (
	"github.com/corering/corering/internal/fibserver"
	"github.com/corering/corering/uring"
)

// bootHook is the Fibonacci server as the engine's handler, and tells when the
// engine listens. By embedding the server itself, not an interface, it has that
// one's optional methods too.
type bootHook struct {
	*fibserver.Server
	booted chan<- uring.Engine // has room for one
}

// OnBoot implements uring.EventHandler.
func (h *bootHook) OnBoot(engine uring.Engine) uring.Action {
	action := h.Server.OnBoot(engine)
	if action == uring.None {
		h.booted <- engine
	}
	return action
}
