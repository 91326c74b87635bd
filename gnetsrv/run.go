package gnetsrv

import (
	"fmt"

	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
)

// Run serves addr, for example "tcp://127.0.0.1:9000", until the engine is
// stopped. See Rotate.
func Run(handler uring.EventHandler, addr string, config Config) error {
	return Rotate(handler, []string{addr}, config)
}

// Rotate serves several addresses until the engine is stopped by Engine.Stop or
// by a callback that returns Shutdown; then it returns nil. An address in use is
// an error that wraps EADDRINUSE, also if the other server has SO_REUSEPORT.
// Port 0 takes a free port, the same for all loops; see uring.Introspector.
//
// Rotate sets gnet's package-level logger, which all engines of a process share.
func Rotate(handler uring.EventHandler, addrs []string, config Config) error {
	config, err := config.complete()
	if err != nil {
		return err
	}
	s := newServer(handler, config)
	defer s.release()
	if err := s.reserve(addrs); err != nil {
		return err
	}
	if err := s.serve(); err != nil {
		return fmt.Errorf("run gnet: %w", err)
	}
	return nil
}

// serve runs gnet on the reserved addresses, and then ends what is ours.
func (s *server) serve() error {
	var protoAddrs []string
	for _, claim := range s.claims {
		protoAddrs = append(protoAddrs, claim.ProtoAddr())
	}
	events := &events{server: s}
	err := gnet.Rotate(events, protoAddrs,
		gnet.WithReusePort(true),
		gnet.WithReuseAddr(true),
		gnet.WithNumEventLoop(s.config.Loops),
		gnet.WithLockOSThread(true),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay),
		gnet.WithTicker(s.config.Ticker),
		gnet.WithLogger(&s.log),
	)
	s.windUp()
	if err == nil && events.started && !s.stopAsked.Load() {
		err = fmt.Errorf("stopped unasked: %s", s.log.reason())
	}
	if events.started {
		s.handler.OnShutdown(s.engine)
	}
	close(s.done)
	return err
}
