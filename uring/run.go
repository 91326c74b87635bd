package uring

import "errors"

// Run serves addr, for example "tcp://127.0.0.1:9000", until the engine is
// stopped. See Rotate.
func Run(handler EventHandler, addr string, config Config) error {
	return Rotate(handler, []string{addr}, config)
}

// Rotate is Run for several addresses. An address is "tcp://", "tcp4://" or
// "tcp6://" host:port; without a host it means all of this machine's. Port 0
// takes a free port; see Introspector. A port in use is an error, also when
// whoever uses it has SO_REUSEPORT.
//
// Rotate returns nil after an orderly end, and otherwise what could not be set
// up or what a ring has failed with. OnShutdown runs before it returns, unless
// nothing was started. For whether this machine allows io_uring, try it.
func Rotate(handler EventHandler, addrs []string, config Config) error {
	config, err := config.complete()
	if err != nil {
		return err
	}
	e, err := newEngine(handler, addrs, config)
	if err != nil {
		return err
	}
	if handler.OnBoot(e) == Shutdown {
		return e.discard()
	}
	err = e.run()
	handler.OnShutdown(e)
	return errors.Join(err, e.unreserve())
}
