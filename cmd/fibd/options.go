package main

import (
	"math"
	"strings"
	"time"

	"github.com/corering/corering/internal/backend"
	"github.com/corering/corering/internal/fib"
	"github.com/corering/corering/internal/fibserver"
	"github.com/spf13/pflag"
)

// forever is the largest duration that a flag takes.
const forever = 365 * 24 * time.Hour

// options are what the flags of serve say.
type options struct {
	listen   []address
	engine   string
	ioCores  string
	busyPoll time.Duration // as in uring.Config

	algo        string
	inline      time.Duration // zero means that nothing is computed inline
	deadline    time.Duration
	maxInflight int
	maxLine     int

	maxConns    int // zero means as many as there are descriptors for
	idleTimeout time.Duration
	halfClose   time.Duration

	drain     time.Duration
	status    string // path; empty means no status socket
	logLevel  string
	logFormat string
}

func defaultOptions() *options {
	return &options{
		listen: []address{
			{scheme: "chunk", host: "127.0.0.1", port: "25000"},
			{scheme: "line", host: "127.0.0.1", port: "12345"},
		},
		engine:      backend.Auto,
		ioCores:     "auto",
		algo:        "recursive",
		inline:      5 * time.Microsecond,
		deadline:    time.Minute,
		maxInflight: 1024,
		maxLine:     1024,
		halfClose:   10 * time.Second,
		drain:       10 * time.Second,
		logLevel:    "info",
		logFormat:   formatText,
	}
}

// A flagGroup is a heading of the help and the flags below it.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// groups returns the flags that set the options, in the order of the help.
func (o *options) groups() []flagGroup {
	return []flagGroup{
		{"Input and output", group(o.ioFlags)},
		{"Requests", group(o.requestFlags)},
		{"Connections", group(o.connectionFlags)},
		{"Operation", group(o.operationFlags)},
	}
}

func group(add func(*pflag.FlagSet)) *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false
	add(flags)
	return flags
}

func (o *options) ioFlags(f *pflag.FlagSet) {
	f.Var(&addressList{addresses: &o.listen}, "listen",
		"where to listen, chunk://HOST:PORT or line://HOST:PORT; port 0 takes a free one; repeat for more")
	f.Var(oneOf(&o.engine, "auto|uring|gnet", backend.Auto, backend.Uring, backend.Gnet), "engine",
		"io_uring, gnet's epoll, or the first of them that works")
	f.Var(text(&o.ioCores, "auto|COUNT|LIST"), "io-cores",
		"CPUs for I/O, one loop each: half of those allowed, so many, or those of a list such as 0-3,8; "+
			"a bare number is a count, so CPU 3 alone is 3-3")
	f.Var(autoSpan(&o.busyPoll, time.Second), "busy-poll",
		"how long a loop without work looks for some before it sleeps (uring), CPU time for latency: "+
			"auto looks while that has paid off, 0 never")
}

func (o *options) requestFlags(f *pflag.FlagSet) {
	var names []string
	for _, function := range fib.Functions() {
		names = append(names, function.Name)
	}
	f.Var(oneOf(&o.algo, "NAME", names...), "algo",
		"function that a bare number asks for: "+strings.Join(names, ", "))
	f.Var(span(&o.inline, 0, time.Second), "inline",
		"requests estimated at up to this run on the loop itself; 0 means none")
	f.Var(span(&o.deadline, time.Microsecond, forever), "deadline",
		"requests estimated at more than this are refused")
	f.Var(count(&o.maxInflight, "COUNT", 1, math.MaxInt32), "max-inflight",
		"requests off the loops at once, over all connections; more are refused")
	f.Var(count(&o.maxLine, "BYTES", 1, fibserver.MaxLineLimit), "max-line",
		"longest request; a longer one ends its connection")
}

func (o *options) connectionFlags(f *pflag.FlagSet) {
	f.Var(count(&o.maxConns, "COUNT", 0, math.MaxInt32), "max-conns",
		"connections at once; more are refused; 0 means as many as there are descriptors for")
	f.Var(span(&o.idleTimeout, 0, forever), "idle-timeout",
		"close connections on which nothing happens for so long; 0 means never")
	f.Var(span(&o.halfClose, time.Nanosecond, forever), "half-close",
		"how long after a client's FIN its answers may take")
}

func (o *options) operationFlags(f *pflag.FlagSet) {
	f.Var(span(&o.drain, 0, forever), "drain",
		"how long a stopping server waits for answers that are due")
	f.Var(text(&o.status, "PATH"), "status",
		"where to put a Unix socket that tells the status in JSON to whoever connects")
	f.Var(oneOf(&o.logLevel, "LEVEL", "debug", "info", "warn", "error"), "log-level",
		"least severe level that is logged: debug, info, warn, error")
	f.Var(oneOf(&o.logFormat, "text|json", formatText, formatJSON), "log-format",
		"form of the log, which goes to standard error")
}

// modes returns the protocol of each address.
func (o *options) modes() []fibserver.Mode {
	modes := make([]fibserver.Mode, len(o.listen))
	for i, a := range o.listen {
		modes[i] = schemes[a.scheme]
	}
	return modes
}

// engineAddrs returns the addresses as an engine takes them.
func (o *options) engineAddrs() []string {
	addrs := make([]string, len(o.listen))
	for i, a := range o.listen {
		addrs[i] = a.engineAddr()
	}
	return addrs
}
