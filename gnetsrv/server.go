package gnetsrv

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/corering/corering/internal/listen"
	"github.com/corering/corering/uring"
	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// server is one running engine: what its loops share.
type server struct {
	handler    uring.EventHandler    // immutable
	readCloser uring.ReadCloser      // immutable; nil if the handler is none
	config     Config                // immutable, complete
	log        logger                // safe for concurrent use
	claims     []*listen.Reservation // immutable
	addrs      []*net.TCPAddr        // immutable; one for each claim
	fdLimit    int                   // immutable; see descriptorLimit
	engine     engine                // set by OnBoot, before any loop runs

	stopAsked  atomic.Bool
	warnedFull sync.Once
	lingerers  lingerers
	goroutines sync.WaitGroup // those of outboxes
	done       chan struct{}  // closed when everything has ended

	mu      sync.Mutex
	loops   []*loop // guarded by mu: in the order in which they showed themselves
	parked  bool    // guarded by mu: the loops are ending
	waiting []int   // copies of the listening descriptors; set by OnShutdown
}

func newServer(handler uring.EventHandler, config Config) *server {
	s := &server{handler: handler, config: config, fdLimit: descriptorLimit(config.Loops), done: make(chan struct{})}
	s.readCloser, _ = handler.(uring.ReadCloser)
	s.log.slog = config.Logger
	return s
}

// descriptorLimit returns the first descriptor number that a connection may not
// have. gnet ends the whole engine when accept(2) finds no free descriptor. The
// kernel hands out the lowest free number, so a high one says that few are left,
// and the connection is refused before that happens.
func descriptorLimit(loops int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > 1<<30 {
		return 1 << 30
	}
	return max(int(limit.Cur)-SpareDescriptors(loops), 0)
}

// SpareDescriptors returns how many descriptors an engine with that many loops
// keeps from its connections. When only these are left it closes new ones
// without a callback, so who wants to refuse them in words needs a limit below.
func SpareDescriptors(loops int) int {
	const everythingElse = 32 // that the process may want
	return everythingElse + loops
}

// reserve claims the addresses.
func (s *server) reserve(addrs []string) error {
	for _, addr := range addrs {
		claim, err := listen.Reserve(addr)
		if err != nil {
			return err
		}
		s.claims = append(s.claims, claim)
		s.addrs = append(s.addrs, claim.Addr())
	}
	return nil
}

func (s *server) release() {
	for _, claim := range s.claims {
		if err := claim.Close(); err != nil {
			s.config.Logger.Warn("cannot release an address", "address", claim.ProtoAddr(), "error", err)
		}
	}
}

// loopOf returns the loop that stands for gnet's, on whose thread it is called.
func (s *server) loopOf(events gnet.EventLoop) *loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.loops {
		if l.gnet == events {
			return l
		}
	}
	l := newLoop(s, len(s.loops), events)
	if s.parked {
		l.mail.park()
	}
	s.loops = append(s.loops, l)
	return l
}

// known returns the loops that have shown themselves. Safe for concurrent use.
func (s *server) known() []*loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loops[:len(s.loops):len(s.loops)]
}

// localAddr returns the entry of addrs that stands for gnet's listener.
func (s *server) localAddr(addr net.Addr) net.Addr {
	tcp, ok := addr.(*net.TCPAddr)
	for i := range s.addrs {
		if ok && tcp.Port == s.addrs[i].Port && (tcp.IP == nil || tcp.IP.Equal(s.addrs[i].IP)) {
			return s.addrs[i]
		}
	}
	return addr
}

// stop asks gnet to stop and does not wait. Safe for concurrent use.
func (s *server) stop() {
	s.stopAsked.Store(true)
	// With an ended context gnet's Stop asks, and then does not poll twice a
	// second for the end.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.engine.Engine.Stop(ctx)
}

// park keeps the mail back from loops that are about to end.
func (s *server) park() {
	s.mu.Lock()
	s.parked = true
	s.mu.Unlock()
	for _, l := range s.known() {
		l.mail.park()
	}
}

// windUp ends what gnet does not know of, after its loops have ended.
func (s *server) windUp() {
	s.turnAway()
	for _, l := range s.known() {
		l.retire()
	}
	s.goroutines.Wait()
}

func (s *server) isDone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
