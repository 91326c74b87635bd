package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/corering/corering/internal/ioring"
	"github.com/stretchr/testify/require"
)

// patience bounds every wait for something that must happen. It only turns a
// hang into a failure.
const patience = 30 * time.Second

// A process is a running `fibd serve`.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *output
	banner string // the line for people, without its end
}

// output collects what a process writes, and lets others wait for it.
type output struct {
	mu    sync.Mutex
	more  sync.Cond // something was written
	bytes bytes.Buffer
}

func newOutput() *output {
	o := &output{}
	o.more.L = &o.mu
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.more.Broadcast()
	return o.bytes.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.String()
}

// waitFor waits until the text has been written. The process dies when it takes
// too long, which ends the wait.
func (o *output) waitFor(t *testing.T, text string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	expired := time.AfterFunc(patience, o.more.Broadcast)
	defer expired.Stop()
	for begin := time.Now(); !strings.Contains(o.bytes.String(), text); o.more.Wait() {
		if time.Since(begin) > patience {
			t.Fatalf("never wrote %q: %s", text, o.bytes.String())
		}
	}
}

// command returns the command to run the program with an environment of its
// own: that of the test without what would configure fibd.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	for _, variable := range env {
		if strings.HasPrefix(variable, "LAUNCH_") {
			cmd = exec.CommandContext(ctx, "/proc/self/exe", append([]string{program}, args...)...)
		}
	}
	cmd.Env = append(without(without(os.Environ(), "FIBD_"), "GOMAXPROCS="), env...)
	return cmd
}

// starts are done by one goroutine on a thread of its own: the kernel kills a
// child that has a Pdeathsig when the thread that started it ends.
var starts = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

// startFromLastingThread starts a process that dies with this one.
func startFromLastingThread(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	starts() <- func() { started <- cmd.Start() }
	return <-started
}

// fail runs the program, which must not start, and returns its one line of
// complaint.
func fail(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := command(t, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, startFromLastingThread(cmd))
	require.Equal(t, exitNotBegun, exitStatus(t, cmd.Wait()), stderr.String())
	require.Empty(t, stdout.String())
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
	line := strings.TrimSuffix(stderr.String(), "\n")
	require.True(t, strings.HasPrefix(line, "fibd: "), line)
	return line
}

// start starts `fibd serve` on free ports and waits until it is ready.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return startOn(t, env, append([]string{"--listen", "chunk://127.0.0.1:0,line://127.0.0.1:0"}, args...)...)
}

// startOn is start without an opinion about addresses.
func startOn(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: command(t, env, append([]string{"serve"}, args...)...), stderr: newOutput()}
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.stdout = bufio.NewReader(stdout)
	require.NoError(t, startFromLastingThread(p.cmd))
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
	}
	require.NoError(t, err, p.stderr.String())
	p.banner = strings.TrimSuffix(line, "\n")
	return p
}

// addr returns host and port of the n-th address of a scheme in the banner.
func (p *process) addr(scheme string, n int) string {
	p.t.Helper()
	found := regexp.MustCompile(scheme+`://([^ ,]+)`).FindAllStringSubmatch(p.banner, -1)
	require.Greater(p.t, len(found), n, p.banner)
	return found[n][1]
}

// dial connects to the first address of a scheme.
func (p *process) dial(scheme string) net.Conn {
	p.t.Helper()
	return dialAddr(p.t, p.addr(scheme, 0))
}

func dialAddr(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
}

// receive reads as many bytes as want has, which must be that.
func receive(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(conn, got)
	require.NoError(t, err, "after %q", got[:n])
	require.Equal(t, want, string(got))
}

func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(sig))
}

// wait waits for the end and returns the exit status.
func (p *process) wait() int {
	p.t.Helper()
	rest, err := io.ReadAll(p.stdout)
	require.NoError(p.t, err)
	require.Empty(p.t, string(rest), "only the banner goes to standard output")
	return exitStatus(p.t, p.cmd.Wait())
}

// stop stops the process, which has nothing left to do.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	require.Equal(p.t, exitDone, p.wait(), p.stderr.String())
}

func exitStatus(t *testing.T, err error) int {
	t.Helper()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

// socketPath returns a path that is short enough for a Unix socket.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fibd")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "status")
}

// ask reads a snapshot from a status socket.
func ask(t *testing.T, path string) snapshot {
	t.Helper()
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	defer conn.Close()
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	var s snapshot
	require.NoError(t, json.Unmarshal(answer, &s), string(answer))
	return s
}

// askUntil reads snapshots until one is as it should be.
func askUntil(t *testing.T, path string, good func(snapshot) bool) {
	t.Helper()
	for begin := time.Now(); !good(ask(t, path)); {
		require.Less(t, time.Since(begin), patience)
	}
}

// onEveryEngine runs a test on each engine that this machine has.
func onEveryEngine(t *testing.T, test func(t *testing.T, engine string)) {
	for _, engine := range []string{"uring", "gnet"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "uring" {
				requireRing(t)
			}
			test(t, engine)
		})
	}
}

func requireRing(t *testing.T) {
	t.Helper()
	err := ioring.Probe()
	if errors.Is(err, ioring.ErrNotSupported) {
		t.Skipf("this machine refuses io_uring: %v", err)
	}
	require.NoError(t, err)
}
