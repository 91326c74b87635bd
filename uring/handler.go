package uring

import (
	"context"
	"net"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/errors"
)

// The words of the contract are gnet's own types, so that a handler written
// for gnet compiles here.
type (
	// Conn is one connection. Methods may be called on the loop that owns the
	// connection, that is within a callback, unless gnet's documentation says
	// that they are safe for concurrent use. Callbacks of asynchronous methods
	// always run, those of AsyncWrite, AsyncWritev and Wake with net.ErrClosed if
	// the connection is gone.
	Conn = gnet.Conn
	// Action is what a callback asks the engine to do next.
	Action = gnet.Action
	// EventLoop is the loop that owns a connection. It is comparable, and the
	// same for all connections of the loop.
	EventLoop = gnet.EventLoop
	// AsyncCallback reports the end of an asynchronous call, on the loop.
	AsyncCallback = gnet.AsyncCallback
	// Runnable is work for EventLoop.Execute.
	Runnable = gnet.Runnable
	// RunnableFunc makes a Runnable of a function.
	RunnableFunc = gnet.RunnableFunc
	// RegisteredResult is the outcome of Engine.Register.
	RegisteredResult = gnet.RegisteredResult
)

// What a callback may return.
const (
	None     = gnet.None     // go on
	Close    = gnet.Close    // close the connection once its output is sent
	Shutdown = gnet.Shutdown // stop the engine
)

// Errors shared with gnet, so that errors.Is works whatever the engine.
var (
	ErrUnsupportedOp    = errors.ErrUnsupportedOp
	ErrEngineInShutdown = errors.ErrEngineInShutdown
	ErrEmptyEngine      = errors.ErrEmptyEngine
	ErrNilRunnable      = errors.ErrNilRunnable
)

// Engine is a running engine as OnBoot receives it. It has the methods of
// gnet's Engine, which is a struct that only gnet can build and which satisfies
// this interface. All methods are safe for concurrent use.
type Engine interface {
	// Validate returns nil while the engine runs.
	Validate() error
	// CountConnections returns the number of open connections.
	CountConnections() int
	// Register adds a connection made by the caller to a loop.
	Register(ctx context.Context) (<-chan RegisteredResult, error)
	// Dup returns a copy of the listening descriptor; the caller closes it.
	Dup() (fd int, err error)
	// DupListener is Dup for one of several listening addresses.
	DupListener(network, addr string) (int, error)
	// Stop stops accepting, closes all connections and returns when every loop
	// has ended, or with the context's error when that ends first; the engine
	// then goes on stopping. After the end it returns ErrEngineInShutdown.
	Stop(ctx context.Context) error
}

// EventHandler is gnet's EventHandler; only the type of Engine differs.
//
// OnOpen, OnTraffic, OnClose and OnReadClosed (see ReadCloser) of a connection
// run on its loop's goroutine and never at the same time as each other. OnBoot
// runs before the loops start and OnShutdown after they have ended. OnTick runs
// on a goroutine of its own.
type EventHandler interface {
	// OnBoot fires when the listeners are open, before anything is accepted. If
	// it returns Shutdown nothing is started, and no other callback runs.
	OnBoot(eng Engine) (action Action)
	// OnShutdown fires after the last connection has been closed.
	OnShutdown(eng Engine)
	// OnOpen fires for a new connection; out is sent to the peer.
	OnOpen(c Conn) (out []byte, action Action)
	// OnClose fires once for every opened connection, before its descriptor is
	// closed. err is nil when this side closed it, wraps io.EOF when the peer
	// did, and says what happened otherwise.
	OnClose(c Conn, err error) (action Action)
	// OnTraffic fires when bytes have arrived, and after Wake. It also fires,
	// after the end of input too, when OutboundBuffered has once been above
	// Config.MaxOutbound, is down to half of that, and input is unread.
	OnTraffic(c Conn) (action Action)
	// OnTick fires after the start and again after each delay, if the config
	// asks for a ticker.
	OnTick() (delay time.Duration, action Action)
}

// ReadCloser is an optional method of an EventHandler. When the peer has sent
// its FIN, OnReadClosed fires after the last OnTraffic, and the connection
// stays open for writing until the handler closes it or the peer goes away.
// Bytes that OnTraffic left unread can still be read in it. Without this method
// the engine closes the connection at the end of input, as gnet does.
type ReadCloser interface {
	OnReadClosed(c Conn) (action Action)
}

// MoreReader is an optional method of a Conn of either engine: whether, as far
// as the kernel said with the bytes now delivered, more are waiting in the
// socket and another OnTraffic follows at once. For use within OnTraffic.
type MoreReader interface {
	ReadMore() bool
}

// Introspector is implemented by the Engine values that uring and gnetsrv hand
// to OnBoot. It is what they offer beyond gnet's methods.
type Introspector interface {
	// Addrs returns the bound addresses in the order in which they were given
	// to Run or Rotate, with real port numbers.
	Addrs() []net.Addr
	// LoopStats returns the counters of every loop. It asks the loops and
	// waits for their answers, until ctx ends; not to be called on a loop.
	LoopStats(ctx context.Context) ([]LoopStats, error)
}

// Quiescer is implemented by the Engine value of uring, not by that of gnetsrv,
// since gnet cannot stop listening without stopping altogether.
type Quiescer interface {
	// Quiesce accepts who waits to be accepted, closes the listeners, and
	// returns. Connections go on. It is the first step of an orderly end. It
	// waits for the loops, so like Stop it must not be called on one.
	Quiesce(ctx context.Context) error
}

// BuiltinEventEngine implements every callback of EventHandler by doing
// nothing; embed it and override what you need.
type BuiltinEventEngine struct{}

// OnBoot implements EventHandler.
func (*BuiltinEventEngine) OnBoot(Engine) Action { return None }

// OnShutdown implements EventHandler.
func (*BuiltinEventEngine) OnShutdown(Engine) {}

// OnOpen implements EventHandler.
func (*BuiltinEventEngine) OnOpen(Conn) ([]byte, Action) { return nil, None }

// OnClose implements EventHandler.
func (*BuiltinEventEngine) OnClose(Conn, error) Action { return None }

// OnTraffic implements EventHandler.
func (*BuiltinEventEngine) OnTraffic(Conn) Action { return None }

// OnTick implements EventHandler.
func (*BuiltinEventEngine) OnTick() (time.Duration, Action) { return time.Second, None }
