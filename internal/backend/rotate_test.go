package backend

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
	"github.com/stretchr/testify/require"
)

// brief is a handler that notes what has booted and ends it.
type brief struct {
	uring.BuiltinEventEngine
	addrs []string
}

func (b *brief) OnBoot(engine uring.Engine) uring.Action {
	for _, addr := range engine.(uring.Introspector).Addrs() {
		b.addrs = append(b.addrs, addr.String())
	}
	return uring.Shutdown
}

func TestRotate_EitherEngine(t *testing.T) {
	for _, engine := range []string{Uring, Gnet} {
		t.Run(engine, func(t *testing.T) {
			if engine == Uring {
				requireRing(t)
			}
			testutil.CheckLeaks(t)
			handler := &brief{}
			err := Rotate(Choice{Engine: engine}, handler, []string{"tcp://127.0.0.1:0"}, Settings{CPUs: []int{0}})
			require.NoError(t, err)
			require.Len(t, handler.addrs, 1)
			require.NotEqual(t, "127.0.0.1:0", handler.addrs[0])
		})
	}
}

// A process that only serves has nothing that wakes up by the clock.
func TestRotate_ReleasesWorkersOfGnet(t *testing.T) {
	require.NoError(t, Rotate(Choice{Engine: Gnet}, &brief{}, []string{"tcp://127.0.0.1:0"}, Settings{CPUs: []int{0}}))
	require.Eventually(t, func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "panjf2000/ants")
	}, 10*time.Second, time.Millisecond)
}

func TestRotate_NoSuchEngine(t *testing.T) {
	require.EqualError(t, Rotate(Choice{}, &brief{}, nil, Settings{}), `start engine "": no such engine`)
}
