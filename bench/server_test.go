package bench

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/corering/corering/bench/benchtest"
)

// helperConfig describes a server in a process of its own.
func helperConfig(t *testing.T, flags ...string) ServerConfig {
	t.Helper()
	status := filepath.Join(t.TempDir(), "status")
	flags = append(flags, "--listen", "line://127.0.0.1:0", "--status", status)
	return ServerConfig{Command: benchtest.Command(t, flags...), Status: status}
}

// startHelper starts it.
func startHelper(t *testing.T, flags ...string) (*Server, Status) {
	t.Helper()
	server, status, err := StartServer(t.Context(), helperConfig(t, flags...))
	require.NoError(t, err)
	return server, status
}

// requireGone fails the test unless the process has ended.
func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.ErrorIs(t, unix.Kill(pid, 0), unix.ESRCH)
}

func TestServer_StartsAndStops(t *testing.T) {
	requireSameDescriptors(t)
	config := helperConfig(t, "--engine", "gnet")
	config.CPUs = availableCPUs(t)[:1]
	server, status, err := StartServer(t.Context(), config)
	require.NoError(t, err)
	require.Equal(t, "gnet", status.Engine)
	require.Equal(t, server.PID(), status.PID)
	require.NoError(t, server.Ended())
	require.Equal(t, config.CPUs, cpusOf(t, server.PID()))
	group, err := unix.Getpgid(server.PID())
	require.NoError(t, err)
	require.Equal(t, server.PID(), group)

	require.NoError(t, server.Stop())
	requireGone(t, server.PID())
	require.ErrorIs(t, server.Ended(), ErrServerEnded)
	require.NoError(t, server.Stop(), "again")
}

func TestServer_StopKillsWhatIsLeftOfTheGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "child")
	server, _ := startHelper(t, "--child", path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	child, err := strconv.Atoi(string(text))
	require.NoError(t, err)
	group, err := unix.Getpgid(child)
	require.NoError(t, err)
	require.Equal(t, server.PID(), group)
	pidfd, err := unix.PidfdOpen(child, 0)
	require.NoError(t, err)
	defer unix.Close(pidfd)
	require.NoError(t, server.Stop())
	// The signal has been sent; the descriptor says when the child is dead.
	for {
		_, err = unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
		if err != unix.EINTR {
			break
		}
	}
	require.NoError(t, err)
}

func TestServer_IgnoringSIGTERMIsKilled(t *testing.T) {
	config := helperConfig(t, "--ignore-term")
	config.StopTimeout = 50 * time.Millisecond
	server, _, err := StartServer(t.Context(), config)
	require.NoError(t, err)
	require.ErrorIs(t, server.Stop(), ErrNotStopping)
	requireGone(t, server.PID())
}

func TestStartServer_Failures(t *testing.T) {
	requireSameDescriptors(t)
	mute := helperConfig(t, "--mute")
	mute.StartTimeout = 100 * time.Millisecond
	badCPU := helperConfig(t)
	badCPU.CPUs = []int{cpuMax - 1}
	tests := []struct {
		name   string
		config ServerConfig
		is     error
		says   string
	}{
		{"no command", ServerConfig{}, nil, "no command"},
		{"unknown program", ServerConfig{Command: []string{"./no-such-server"}}, os.ErrNotExist, "no-such-server"},
		{"ends at once", helperConfig(t, "--no-such-flag"), ErrServerEnded, "flag provided but not defined"},
		{"no status", mute, ErrNotReady, "benchtest server starts"},
		{"bad CPU", badCPU, unix.EINVAL, "pin to CPU 1023"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := StartServer(t.Context(), test.config)
			require.ErrorContains(t, err, test.says)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
		})
	}
}

func TestStartServer_EndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := StartServer(ctx, helperConfig(t, "--mute"))
	require.ErrorIs(t, err, ErrNotReady)
}

func TestTail_KeepsTheEnd(t *testing.T) {
	var output tail
	require.Empty(t, output.quoted())
	for range 1000 {
		n, err := output.Write([]byte("0123456789\n"))
		require.NoError(t, err)
		require.Equal(t, 11, n)
	}
	_, err := output.Write([]byte("the end\n"))
	require.NoError(t, err)
	require.Len(t, output.kept, tailBytes)
	require.True(t, strings.HasSuffix(output.quoted(), "\n    the end"))
}
