package backend

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/corering/corering/gnetsrv"
	"github.com/corering/corering/uring"
)

// Settings are what an engine is told, whichever it is.
type Settings struct {
	CPUs     []int         // one loop for each, pinned to it; at least one
	BusyPoll time.Duration // see uring.Config; gnet cannot do it
	Logger   *slog.Logger  // nil means slog.Default()
}

// Rotate serves addrs with the engine that was chosen until it is stopped. See
// uring.Rotate and gnetsrv.Rotate. A process that calls it must not use gnet in
// other ways: see gnetsrv.ReleaseWorkers.
func Rotate(choice Choice, handler uring.EventHandler, addrs []string, settings Settings) error {
	gnetsrv.ReleaseWorkers()
	switch choice.Engine {
	case Uring:
		return uring.Rotate(handler, addrs, uring.Config{
			Loops: len(settings.CPUs), CPUs: settings.CPUs, BusyPoll: settings.BusyPoll, Logger: settings.Logger,
		})
	case Gnet:
		return gnetsrv.Rotate(handler, addrs, gnetsrv.Config{
			Loops: len(settings.CPUs), CPUs: settings.CPUs, Logger: settings.Logger,
		})
	}
	return fmt.Errorf("start engine %q: no such engine", choice.Engine)
}
