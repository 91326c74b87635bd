package admin

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corering/corering/internal/testutil"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

var quiet = slog.New(slog.DiscardHandler)

// short returns the path of a socket in a new directory, and looks for leaks at
// the end of the test. t.TempDir names the directory after the test, and a Unix
// socket's path must be short.
func short(t *testing.T) string {
	t.Helper()
	testutil.CheckLeaks(t)
	dir, err := os.MkdirTemp("", "admin")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// start returns a server that tells told, closed when the test ends.
func start(t *testing.T, path string, told any) *Server {
	t.Helper()
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	s.Serve(func(context.Context) (any, error) { return told, nil })
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func ask(t *testing.T, path string) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	defer conn.Close()
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
}

func TestServer_TellsEveryClientOnce(t *testing.T) {
	path := short(t)
	start(t, path, map[string]any{"pid": 1, "engine": "uring"})
	for range 3 * clientsMax {
		require.Equal(t, "{\n  \"engine\": \"uring\",\n  \"pid\": 1\n}\n", ask(t, path))
	}
}

func TestServer_SnapshotFails(t *testing.T) {
	path := short(t)
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	s.Serve(func(context.Context) (any, error) { return nil, errors.New("no loop answers") })
	require.Equal(t, "{\n  \"error\": \"no loop answers\"\n}\n", ask(t, path))
	require.NoError(t, s.Close())
}

func TestServer_OnlyForItsUser(t *testing.T) {
	old := unix.Umask(0)
	defer unix.Umask(old)
	path := short(t)
	start(t, path, nil)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o600, info.Mode())
}

func TestServer_ClientsBeforeServeAreAnswered(t *testing.T) {
	path := short(t)
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	defer conn.Close()
	s.Serve(func(context.Context) (any, error) { return 1, nil })
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "1\n", string(answer))
	require.NoError(t, s.Close())
}

func TestServer_CloseRemovesTheSocket(t *testing.T) {
	path := short(t)
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoFileExists(t, path)
}

func TestServer_CloseLeavesWhatIsNotIts(t *testing.T) {
	path := short(t)
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	start(t, path, "second")
	require.NoError(t, s.Close())
	require.Equal(t, "\"second\"\n", ask(t, path))
}

// Clients that read nothing fill their sockets and the places of the server;
// closing must not wait for them.
func TestServer_CloseCutsStuckClientsOff(t *testing.T) {
	path := short(t)
	s, err := Listen(path, quiet)
	require.NoError(t, err)
	told := strings.Repeat("x", 4<<20)
	asked := make(chan struct{})
	s.Serve(func(context.Context) (any, error) {
		asked <- struct{}{}
		return told, nil
	})
	for range clientsMax {
		conn, err := net.Dial("unix", path)
		require.NoError(t, err)
		defer conn.Close()
		<-asked
	}
	require.NoError(t, s.Close())
}

func TestListen_ReplacesStaleSocket(t *testing.T) {
	path := short(t)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	dead.SetUnlinkOnClose(false)
	require.NoError(t, dead.Close())
	require.FileExists(t, path)
	start(t, path, "alive")
	require.Equal(t, "\"alive\"\n", ask(t, path))
}

func TestListen_Refusals(t *testing.T) {
	path := short(t)
	start(t, path, "first")
	_, err := Listen(path, quiet)
	require.EqualError(t, err, "open status socket "+path+": another server answers there")
	require.Equal(t, "\"first\"\n", ask(t, path))

	file := filepath.Join(filepath.Dir(path), "file")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	_, err = Listen(file, quiet)
	require.EqualError(t, err, "open status socket "+file+": something that is not a socket is in the way")
	require.FileExists(t, file)

	_, err = Listen(filepath.Join(filepath.Dir(path), "none", "s"), quiet)
	require.ErrorIs(t, err, fs.ErrNotExist)

	_, err = Listen("/"+strings.Repeat("x", pathMax), quiet)
	require.ErrorContains(t, err, "path has 108 bytes, a Unix socket's has at most 107")
}
