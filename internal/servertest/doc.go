// Package servertest is the test suite that every engine of package uring's
// contract has to pass. It looks at engines from outside, through real sockets
// on the loopback interface; the engines' own tests look inside.
//
// An engine's test is:
//
//	func TestEngine(t *testing.T) {
//		servertest.Run(t, servertest.Engine{Name: "uring", Rotate: func(h uring.EventHandler, addrs []string, s servertest.Settings) error {
//			return uring.Rotate(h, addrs, uring.Config{Loops: s.Loops, Ticker: s.Ticker, MaxInbound: s.MaxInbound, Linger: s.Linger, Logger: s.Logger})
//		}})
//	}
//
// Nothing here sleeps. What should happen is waited for, on channels and on
// sockets with a deadline that only a broken engine meets.
package servertest
