package uring_test

import (
	"testing"

	"github.com/corering/corering/internal/servertest"
	"github.com/corering/corering/uring"
)

func TestEngine(t *testing.T) {
	servertest.Run(t, servertest.Engine{Name: "uring", Rotate: func(h uring.EventHandler, addrs []string, s servertest.Settings) error {
		return uring.Rotate(h, addrs, uring.Config{
			Loops: s.Loops, Ticker: s.Ticker, MaxInbound: s.MaxInbound, Linger: s.Linger, Logger: s.Logger,
		})
	}})
}
