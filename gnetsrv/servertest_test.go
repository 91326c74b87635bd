package gnetsrv

import (
	"testing"

	"github.com/corering/corering/internal/servertest"
	"github.com/corering/corering/uring"
)

func TestEngine(t *testing.T) {
	servertest.Run(t, servertest.Engine{
		Name: "gnet",
		Rotate: func(h uring.EventHandler, addrs []string, s servertest.Settings) error {
			return Rotate(h, addrs, Config{Loops: s.Loops, Ticker: s.Ticker, MaxInbound: s.MaxInbound, Linger: s.Linger, Logger: s.Logger})
		},
		InboundFull: ErrInboundFull,
	})
}
