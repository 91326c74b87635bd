package testutil

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// CheckLeaks fails the test if at its end the process has more goroutines, open
// descriptors or mappings of rings than now. Call it first, so that it looks
// after all other cleanup functions, and not in parallel tests. Goroutines get
// a moment to end; the rest must be gone.
func CheckLeaks(t testing.TB) {
	t.Helper()
	warmUp(t)
	goroutines := goleak.IgnoreCurrent()
	descriptors := Descriptors(t)
	mappings := RingMappings(t)
	t.Cleanup(func() {
		assert.NoError(t, goleak.Find(goroutines), "leaked goroutines")
		after := Descriptors(t)
		maps.DeleteFunc(after, func(name, link string) bool { return descriptors[name] == link })
		assert.Empty(t, after, "leaked descriptors")
		assert.Len(t, RingMappings(t), len(mappings), "leaked mappings of rings")
	})
}

// warmUp lets Go's runtime open the descriptors of its poller, which stay.
func warmUp(t testing.TB) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, w.Close())
}

// Descriptors returns what /proc says of the open descriptors of the process, by
// their numbers: "3" → "socket:[4711]".
func Descriptors(t testing.TB) map[string]string {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	links := map[string]string{}
	for _, entry := range entries {
		// The descriptor of the directory itself is gone by now.
		if link, err := os.Readlink(dir + "/" + entry.Name()); err == nil {
			links[entry.Name()] = link
		}
	}
	return links
}

// RingMappings returns the lines of /proc/self/maps that stand for rings of
// io_uring.
func RingMappings(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, "io_uring") })
}

// LimitDescriptors lowers the number of descriptors that the process may have
// until the test ends.
func LimitDescriptors(t testing.TB, limit uint64) {
	t.Helper()
	var before unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	lowered := before
	lowered.Cur = limit
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &lowered))
	t.Cleanup(func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &before)) })
}
