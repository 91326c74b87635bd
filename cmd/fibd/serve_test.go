package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/corering/corering/cpuaffinity"
	"github.com/stretchr/testify/require"
)

func TestServe_Answers(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p := start(t, nil, "--engine", engine)
		chunk := p.dial("chunk")
		send(t, chunk, "30")
		receive(t, chunk, "832040\n")
		line := p.dial("line")
		send(t, line, "10\r\n2\nabc\ndoubling 90\n")
		receive(t, line, "55\n1\n[Error] not an integer: \"abc\"\n2880067194370816120\n")
		send(t, line, "\n")
		rest, err := io.ReadAll(line)
		require.NoError(t, err)
		require.Empty(t, rest)
		require.NoError(t, errors.Join(chunk.Close(), line.Close()))
		p.stop()
	})
}

func TestServe_HalfCloseGetsItsAnswers(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p := start(t, nil, "--engine", engine)
		line := p.dial("line").(*net.TCPConn)
		send(t, line, "32\n10\n")
		require.NoError(t, line.CloseWrite())
		answers, err := io.ReadAll(line)
		require.NoError(t, err)
		require.Equal(t, "2178309\n55\n", string(answers))
		require.NoError(t, line.Close())
		p.stop()
	})
}

// The default ports may be taken by a server of somebody else.
func TestServe_Defaults(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:25000", "127.0.0.1:12345"} {
		free, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skipf("a default port is taken: %v", err)
		}
		require.NoError(t, free.Close())
	}
	p := startOn(t, nil)
	require.Contains(t, p.banner, "fibd "+testVersion+" ready: engine ")
	require.Contains(t, p.banner, ", chunk://127.0.0.1:25000 line://127.0.0.1:12345, loops on CPU")
	p.stop()
}

func TestServe_Banner(t *testing.T) {
	allowed, err := cpuaffinity.Allowed()
	require.NoError(t, err)
	first := allowed.CPUs()[0]
	p := start(t, nil, "--engine", "gnet", "--io-cores", "1")
	require.Equal(t, fmt.Sprintf("fibd %s ready: engine gnet (asked for), chunk://%s line://%s, loops on CPU %d",
		testVersion, p.addr("chunk", 0), p.addr("line", 0), first), p.banner)
	p.stop()

	requireRing(t)
	p = start(t, nil, "--io-cores", allowed.String()+","+allowed.String())
	require.Contains(t, p.banner, "ready: engine uring (io_uring works, kernel ")
	require.True(t, strings.HasSuffix(p.banner, " "+allowed.String()), p.banner)
	p.stop()
}

func TestServe_EveryAddressOfTheMachine(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p := startOn(t, nil, "--engine", engine, "--listen", "line://:0", "--listen", "chunk://0.0.0.0:0")
		_, port, err := net.SplitHostPort(p.addr("line", 0))
		require.NoError(t, err)
		_, chunkPort, err := net.SplitHostPort(p.addr("chunk", 0))
		require.NoError(t, err)
		for _, addr := range []string{"127.0.0.1:" + port, "[::1]:" + port, "127.0.0.2:" + chunkPort} {
			if strings.HasPrefix(addr, "[") && !hasIPv6() {
				continue
			}
			conn := dialAddr(t, addr)
			send(t, conn, "10\n")
			receive(t, conn, "55\n")
		}
		p.stop()
	})
}

func TestServe_IPv6(t *testing.T) {
	if !hasIPv6() {
		t.Skip("this machine has no IPv6 loopback")
	}
	onEveryEngine(t, func(t *testing.T, engine string) {
		p := startOn(t, nil, "--engine", engine, "--listen", "line://[::1]:0")
		require.Contains(t, p.banner, "line://[::1]:")
		conn := p.dial("line")
		send(t, conn, "10\n")
		receive(t, conn, "55\n")
		p.stop()
	})
}

func hasIPv6() bool {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

func TestServe_PortInUse(t *testing.T) {
	for _, engines := range [][2]string{{"uring", "uring"}, {"uring", "gnet"}, {"gnet", "uring"}, {"gnet", "gnet"}} {
		t.Run(engines[0]+" then "+engines[1], func(t *testing.T) {
			if engines != [2]string{"gnet", "gnet"} {
				requireRing(t)
			}
			p := start(t, nil, "--engine", engines[0])
			line := fail(t, nil, "serve", "--engine", engines[1], "--listen", "line://"+p.addr("line", 0))
			require.Contains(t, line, "listen line://"+p.addr("line", 0)+": address already in use")
			require.Contains(t, line, "--listen takes other addresses")
			p.stop()
		})
	}
}

func TestServe_ServerFull(t *testing.T) {
	p := start(t, nil, "--max-conns", "1")
	first := p.dial("line")
	send(t, first, "10\n")
	receive(t, first, "55\n")
	second := p.dial("line")
	answer, err := io.ReadAll(second)
	require.NoError(t, err)
	require.Contains(t, string(answer), "[Error] server full")
	require.NoError(t, errors.Join(first.Close(), second.Close()))
	p.stop()
}

// Every connection that there are descriptors for is served, and the next one is
// told.
func TestServe_FullOfDescriptors(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		path := socketPath(t)
		p := start(t, []string{launchFiles + "=100"}, "--engine", engine, "--io-cores", "1", "--status", path)
		var conns []net.Conn
		for range ask(t, path).MaxConns {
			conn := p.dial("line")
			send(t, conn, "10\n")
			receive(t, conn, "55\n")
			conns = append(conns, conn)
		}
		last := p.dial("line")
		answer, err := io.ReadAll(last)
		require.NoError(t, err)
		require.Contains(t, string(answer), "[Error] server full")
		for _, conn := range append(conns, last) {
			require.NoError(t, conn.Close())
		}
		p.stop()
	})
}

func TestServe_Status(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		path := socketPath(t)
		p := start(t, nil, "--engine", engine, "--status", path, "--io-cores", "1")
		conn := p.dial("line")
		send(t, conn, "10\n")
		receive(t, conn, "55\n")

		s := ask(t, path)
		require.Equal(t, testVersion, s.Version)
		require.Equal(t, engine, s.Engine)
		require.NotEmpty(t, s.EngineReason)
		require.Equal(t, p.cmd.Process.Pid, s.PID)
		require.Equal(t, []statusAddress{{"chunk://" + p.addr("chunk", 0)}, {"line://" + p.addr("line", 0)}}, s.Addresses)
		require.Len(t, s.IOCPUs, 1)
		require.Greater(t, s.GOMAXPROCS, 2)
		require.Greater(t, s.MaxConns, 0)
		require.Len(t, s.Loops, 1)
		require.EqualValues(t, 1, s.Loops[0].Accepted)
		require.EqualValues(t, 1, s.Server.Connections)
		require.EqualValues(t, 1, s.Server.Requests)
		require.NoError(t, conn.Close())
		p.stop()
		require.NoFileExists(t, path)
	})
}

func TestServe_StatusSocketOfAnother(t *testing.T) {
	path := socketPath(t)
	p := start(t, nil, "--status", path)
	require.Contains(t, fail(t, nil, "serve", "--listen", "line://127.0.0.1:0", "--status", path),
		"open status socket "+path+": another server answers there")
	require.Equal(t, p.cmd.Process.Pid, ask(t, path).PID)

	// Killed, it leaves the socket behind, which does not stop the next.
	p.signal(syscall.SIGKILL)
	p.wait()
	require.FileExists(t, path)
	p = start(t, nil, "--status", path)
	require.Equal(t, p.cmd.Process.Pid, ask(t, path).PID)
	p.stop()
}

func TestServe_JSONLog(t *testing.T) {
	p := start(t, nil, "--engine", "gnet", "--log-format", "json", "--log-level", "error")
	p.stop()
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	var ready struct {
		Level, Msg, Version, Engine string
		EngineReason                string `json:"engine_reason"`
		Addresses                   []string
		IOCPUs                      []int `json:"io_cpus"`
		PID                         int
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &ready), lines[0])
	require.Equal(t, "ready", ready.Msg)
	require.Equal(t, testVersion, ready.Version)
	require.Equal(t, "gnet", ready.Engine)
	require.Equal(t, "asked for", ready.EngineReason)
	require.Equal(t, []string{"chunk://" + p.addr("chunk", 0), "line://" + p.addr("line", 0)}, ready.Addresses)
	require.NotEmpty(t, ready.IOCPUs)
	require.Equal(t, p.cmd.Process.Pid, ready.PID)
	for _, line := range lines {
		require.True(t, json.Valid([]byte(line)), line)
	}
}

func TestServe_LogLevel(t *testing.T) {
	p := start(t, nil, "--log-level", "error")
	p.stop()
	require.Empty(t, p.stderr.String())
}

func TestServe_Environment(t *testing.T) {
	p := startOn(t, []string{"FIBD_LISTEN=line://127.0.0.1:0,line://127.0.0.1:0", "FIBD_ENGINE=gnet", "FIBD_MAX_CONNS=nonsense"},
		"--max-conns", "100")
	require.Contains(t, p.banner, "engine gnet (asked for)")
	require.NotEqual(t, p.addr("line", 0), p.addr("line", 1))
	p.stop()

	require.Equal(t, `fibd: invalid value "nonsense" for FIBD_MAX_CONNS: want a number from 0 to 2147483647`,
		fail(t, []string{"FIBD_MAX_CONNS=nonsense"}, "serve"))
}

func TestServe_BadFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--bogus", "unknown flag: --bogus"},
		{"extra", `unknown command "extra"`},
		{"--engine epoll", `"epoll" for "--engine" flag: want one of auto, uring, gnet`},
		{"--io-cores none", `--io-cores: choose CPUs by "none": want "auto"`},
		{"--io-cores 9999", `--io-cores: choose CPUs by "9999": only `},
		{"--listen http://127.0.0.1:80", "want chunk://HOST:PORT or line://HOST:PORT"},
		{"--listen line://127.0.0.1", "missing port in address"},
		{"--listen line://192.0.2.1:9", "listen line://192.0.2.1:9: cannot assign requested address"},
		{"--algo magic", "want one of doubling, iterative, recursive"},
		{"--deadline soon", "want a duration"},
		{"--deadline 1us", "deadline 1µs is below the inline threshold 5µs"},
		{"--max-line 0", "want a number from 1 to 32768"},
		{"--max-conns 2000000000", "too few descriptors for 2000000000 connections"},
		{"--busy-poll 2s", "want a duration from 0s to 1s"},
		{"--log-level loud", "want one of debug, info, warn, error"},
		{"--status /dev/null", "something that is not a socket is in the way"},
	} {
		t.Run(c.args, func(t *testing.T) {
			require.Contains(t, fail(t, nil, append([]string{"serve"}, strings.Fields(c.args)...)...), c.want)
		})
	}
	require.Equal(t, `fibd: unknown command "server" for "fibd"`, fail(t, nil, "server"))
}

func TestServe_TooFewDescriptors(t *testing.T) {
	line := fail(t, []string{launchFiles + "=30"}, "serve")
	require.Contains(t, line, "too few descriptors for 1 connections: the hard limit is 30")
	require.Contains(t, line, "remedy: ulimit -n ")

	p := start(t, []string{launchFiles + "=200"}, "--log-level", "error")
	conn := p.dial("line")
	send(t, conn, "10\n")
	receive(t, conn, "55\n")
	require.NoError(t, conn.Close())
	p.stop()
}

func TestHelp_TellsEverythingThatMatters(t *testing.T) {
	out, err := exec.Command(program, "serve", "--help").Output()
	require.NoError(t, err)
	help := string(out)
	for _, want := range []string{"Usage:\n  fibd serve [flags]", "Examples:\n", "FIBD_MAX_CONNS", "Exit status:",
		"Requests:\n", "auto|uring|gnet", "(default 10s)"} {
		require.Contains(t, help, want)
	}
	for _, group := range defaultOptions().groups() {
		require.Contains(t, help, "\n"+group.title+":\n")
	}
	for _, line := range strings.Split(help, "\n") {
		require.LessOrEqual(t, len(line), usageWidth+1, line)
	}
}

func TestVersion_IsStamped(t *testing.T) {
	out, err := exec.Command(program, "--version").Output()
	require.NoError(t, err)
	require.Regexp(t, `^fibd `+testVersion+` \(go1\.[^ ]+ linux/\w+\)\n$`, string(out))
}

func TestCompletion_OfWords(t *testing.T) {
	out, err := exec.Command(program, "__complete", "serve", "--engine", "").Output()
	require.NoError(t, err)
	require.Equal(t, "auto\nuring\ngnet\n:4\n", string(out))
}
