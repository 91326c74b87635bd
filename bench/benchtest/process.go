package benchtest

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// serverVariable tells a test binary to be the server.
const serverVariable = "BENCHTEST_SERVER"

// Command returns a command that runs this test binary as a server of lines.
// The flags of options are added to it; TestMain must call Main.
func Command(t testing.TB, flags ...string) []string {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	t.Setenv(serverVariable, "1")
	// Under the race detector every process sleeps for a second before it exits.
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	return append([]string{executable, "serve"}, flags...)
}

// options are the flags of the server process.
type options struct {
	listen     string
	status     string
	engine     string // that it was asked for, and says it has, unless claim
	claim      string // that it says it has
	wrongAfter int64  // answers after which one is wrong; 0: never
	exitAfter  int64  // answers after which the process exits; 0: never
	mute       bool   // never answers on the status socket
	ignoreTerm bool   // does not end on SIGTERM
	child      string // path for the pid of a child that outlives the server
}

// parse reads the command line.
func (o *options) parse(args []string) {
	flags := flag.NewFlagSet("benchtest", flag.ExitOnError)
	flags.StringVar(&o.listen, "listen", "", "")
	flags.StringVar(&o.status, "status", "", "")
	flags.StringVar(&o.engine, "engine", "uring", "")
	flags.StringVar(&o.claim, "claim", "", "")
	flags.Int64Var(&o.wrongAfter, "wrong-after", 0, "")
	flags.Int64Var(&o.exitAfter, "exit-after", 0, "")
	flags.BoolVar(&o.mute, "mute", false, "")
	flags.BoolVar(&o.ignoreTerm, "ignore-term", false, "")
	flags.StringVar(&o.child, "child", "", "")
	_ = flags.Parse(args) // ExitOnError
	if o.claim == "" {
		o.claim = o.engine
	}
}

// Main is called first in TestMain. It returns at once, except in a process
// that Command describes, where it serves until SIGTERM and exits.
func Main() {
	if os.Getenv(serverVariable) == "" || len(os.Args) < 2 || os.Args[1] != "serve" {
		return
	}
	var o options
	o.parse(os.Args[2:])
	fmt.Fprintln(os.Stderr, "benchtest server starts")
	if err := serve(o); err != nil {
		fmt.Fprintln(os.Stderr, "benchtest server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve runs the server process.
func serve(o options) error {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	listener, err := net.Listen("tcp4", strings.TrimPrefix(o.listen, "line://"))
	if err != nil {
		return err
	}
	if o.child != "" {
		if err := startChild(o.child); err != nil {
			return err
		}
	}
	var answers atomic.Int64
	go acceptEach(listener, Answer(func(line string) string {
		switch n := answers.Add(1); n {
		case o.exitAfter:
			fmt.Fprintln(os.Stderr, "benchtest server exits on purpose")
			os.Exit(3)
		case o.wrongAfter:
			return "wrong " + line
		}
		return line
	}))
	if !o.mute {
		status, err := net.Listen("unix", o.status)
		if err != nil {
			return err
		}
		go acceptEach(status, func(conn net.Conn) {
			_ = json.NewEncoder(conn).Encode(snapshot(o, listener, answers.Load()))
		})
	}
	for range terminate {
		if !o.ignoreTerm {
			return nil
		}
	}
	return nil
}

// acceptEach serves every connection on a goroutine of its own, for ever.
func acceptEach(listener net.Listener, handle func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			handle(conn)
		}()
	}
}

// snapshot is the status of a server that enters its ring once for every
// fourth answer, never receives anew and sends every answer by itself.
func snapshot(o options, listener net.Listener, answers int64) map[string]any {
	loop := map[string]any{"loop": 0, "traffic": answers}
	if o.claim == "uring" {
		loop["enters"], loop["receives"], loop["sends"] = 1000+answers/4, 7, answers
	}
	return map[string]any{
		"engine":        o.claim,
		"engine_reason": "asked for",
		"pid":           os.Getpid(),
		"addresses":     []any{map[string]any{"url": "line://" + listener.Addr().String()}},
		"loops":         []any{loop},
		"unknown":       true,
	}
}

// startChild starts a process that sleeps in the server's process group and
// writes its pid to a file.
func startChild(path string) error {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		return err
	}
	return os.WriteFile(path, fmt.Append(nil, child.Process.Pid), 0o600)
}
