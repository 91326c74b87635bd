package lint

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPaths_OfOneMachine(t *testing.T) {
	// Put together here, so that this file does not name them itself.
	for _, dir := range []string{"/ho" + "me/jo/src", "/Us" + "ers/jo/src", "/ro" + "ot/go", "/sr" + "v/checkout/x"} {
		content := []byte("first\nsee " + dir + "/main.go\n")
		require.Equal(t, []string{"made.md:2 names a path of one machine: see " + dir + "/main.go"},
			checkPaths("made.md", content, "/sr"+"v/checkout"), dir)
	}
}

func TestPaths_OfEveryMachine(t *testing.T) {
	for _, line := range []string{
		"/proc/self/status", "/usr/local/go/bin", "cd ~/src", "the /root of evil", "https://go.dev/root/x",
	} {
		require.Empty(t, checkPaths("made.md", []byte(line), "/sr"+"v/checkout"), line)
	}
}

func TestPaths_OfTheCheckout(t *testing.T) {
	const root = "/sr" + "v/checkout"
	require.Len(t, checkPaths("made.md", []byte("cd "+root), root), 1)
	require.Len(t, checkPaths("made.md", []byte("`"+root+"`"), root), 1)
	require.Empty(t, checkPaths("made.md", []byte(root+"s are many"), root))
	require.Empty(t, checkPaths("made.md", []byte("in /app/data"), "/app"))
}
