package bench

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// serveStatus answers one client of a status socket and returns its path.
func serveStatus(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "status")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err == nil {
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-done
	})
	return path
}

func TestReadStatus_IgnoresWhatItDoesNotKnow(t *testing.T) {
	path := serveStatus(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, `{"engine":"uring","engine_reason":"works","pid":42,"uptime_ns":7,
			"addresses":[{"url":"chunk://127.0.0.1:1"},{"url":"line://127.0.0.1:2","extra":[]}],
			"loops":[{"enters":3,"receives":1,"sends":10,"new":1},{"enters":4,"traffic":5,"accepted":6,"copied":7}]}
			more`)
	})
	status, err := ReadStatus(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, "uring", status.Engine)
	require.Equal(t, "works", status.EngineReason)
	require.Equal(t, 42, status.PID)
	require.Equal(t, "line://127.0.0.1:2", status.LineAddress())
	require.Equal(t, Counters{Enters: 7, Receives: 1, Sends: 10, Traffic: 5, Accepted: 6, Copied: 7}, status.Total())
}

func TestReadStatus_AnswersThatAreNone(t *testing.T) {
	for _, text := range []string{"", "hello", `{"engine":`} {
		path := serveStatus(t, func(conn net.Conn) { _, _ = io.WriteString(conn, text) })
		_, err := ReadStatus(t.Context(), path)
		require.ErrorContains(t, err, "read status", text)
	}
}

func TestReadStatus_EndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := serveStatus(t, func(conn net.Conn) {
		cancel()
		_, _ = io.Copy(io.Discard, conn) // says nothing until the client leaves
	})
	_, err := ReadStatus(ctx, path)
	require.ErrorContains(t, err, "read status")
}

func TestStatus_LineAddressOfOthers(t *testing.T) {
	require.Empty(t, Status{}.LineAddress())
	require.Equal(t, "tcp://x:1", Status{Addresses: []StatusAddress{{"tcp://x:1"}, {"tcp://x:2"}}}.LineAddress())
}
