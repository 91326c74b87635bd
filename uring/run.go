package uring

// Run serves addr, for example "tcp://127.0.0.1:9000", until the engine is
// stopped. See Rotate.
func Run(handler EventHandler, addr string, config Config) error {
	return Rotate(handler, []string{addr}, config)
}

// Rotate is Run for several addresses.
func Rotate(handler EventHandler, addrs []string, config Config) error {
	panic("under construction")
}
