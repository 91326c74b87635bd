package benchtest

import (
	"bufio"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Listen serves every connection on a loopback address with handle, on a
// goroutine each, and returns the address. A connection is closed when handle
// returns; the test ends when all of them have.
func Listen(t testing.TB, handle func(net.Conn)) string {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	var served sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn // guarded by mu
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			served.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		mu.Lock()
		for _, conn := range open {
			conn.Close() // most are closed already
		}
		mu.Unlock()
		served.Wait()
	})
	return listener.Addr().String()
}

// Answer returns a handler that answers every line with what answer makes of
// it, together for all lines that arrive together. The argument and the result
// include the line end.
func Answer(answer func(line string) string) func(net.Conn) {
	return func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		writer := bufio.NewWriter(conn)
		for {
			line, err := reader.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = writer.WriteString(answer(line)) // Flush says it again
			if reader.Buffered() > 0 {
				continue
			}
			if writer.Flush() != nil {
				return
			}
		}
	}
}

// Echo answers every line with itself.
func Echo(line string) string { return line }
