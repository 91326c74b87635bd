package testutil

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// recorder is a test that may fail without failing the real one.
type recorder struct {
	testing.TB
	failed   bool
	cleanups []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) finish() (failed bool) {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r.failed
}

func TestCheckLeaks_Nothing(t *testing.T) {
	r := &recorder{TB: t}
	CheckLeaks(r)
	require.False(t, r.finish())
}

func TestCheckLeaks_Descriptor(t *testing.T) {
	r := &recorder{TB: t}
	CheckLeaks(r)
	file, err := os.Open("/dev/null")
	require.NoError(t, err)
	require.True(t, r.finish())
	require.NoError(t, file.Close())
}

func TestCheckLeaks_DescriptorReplaced(t *testing.T) {
	before, err := os.Open("/dev/null")
	require.NoError(t, err)
	r := &recorder{TB: t}
	CheckLeaks(r)
	require.NoError(t, before.Close())
	after, err := os.Open("/dev/zero") // likely with the same number
	require.NoError(t, err)
	require.True(t, r.finish())
	require.NoError(t, after.Close())
}

func TestCheckLeaks_Goroutine(t *testing.T) {
	r := &recorder{TB: t}
	CheckLeaks(r)
	stop := make(chan struct{})
	go func() { <-stop }()
	require.True(t, r.finish())
	close(stop)
}

func TestLimitDescriptors_Restores(t *testing.T) {
	var before, during, after unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	t.Run("limited", func(t *testing.T) {
		LimitDescriptors(t, 100)
		require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &during))
	})
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &after))
	require.Equal(t, uint64(100), during.Cur)
	require.Equal(t, before, after)
}
