package servertest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Many peers at once.
var crowdTests = []test{
	{"CrowdThatLeaves", testCrowdThatLeaves},
	{"CrowdThatIsSilent", testCrowdThatIsSilent},
}

// Peers connect and leave in every way that they can. The referee sees to it
// that each that was opened is closed.
func testCrowdThatLeaves(t *testing.T, e env) {
	s := e.start(t, &handler{traffic: echo})
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for i := range 500 {
				visit(t, s.addrs[0], i)
			}
		})
	}
	crowd.Wait()
	s.dial(t).roundTrip([]byte("still here"))
}

// visit connects and leaves in the i-th way.
func visit(t *testing.T, addr net.Addr, i int) {
	conn, err := net.Dial(addr.Network(), addr.String())
	if !assert.NoError(t, err) {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	tcp := conn.(*net.TCPConn)
	switch i % 5 {
	case 0: // at once
	case 1:
		_, _ = tcp.Write([]byte("no time for the answer"))
	case 2:
		_ = tcp.SetLinger(0)
	case 3:
		_, _ = tcp.Write([]byte("neither"))
		_ = tcp.SetLinger(0)
	case 4:
		_, _ = tcp.Write([]byte("x"))
		_, err := tcp.Read(make([]byte, 1))
		assert.NoError(t, err)
	}
}

// Peers that never speak do not hold up the end, and see an orderly one.
func testCrowdThatIsSilent(t *testing.T, e env) {
	s, conns := e.opened(t, handler{})
	var clients []*client
	for range 50 {
		clients = append(clients, s.dial(t))
		receive(t, conns, "OnOpen")
	}
	require.Equal(t, len(clients), s.CountConnections())
	s.stop(t)
	for _, c := range clients {
		c.expectEnd(nil)
	}
}
