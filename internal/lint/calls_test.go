package lint

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGnetEngine_StartedElsewhere(t *testing.T) {
	complaints, err := checkGnetEngine("made.go", `package made

import g "github.com/panjf2000/gnet/v2"

var start = g.Rotate

func run(h g.EventHandler) error { return g.Run(h, "tcp://:0") }
`)
	require.NoError(t, err)
	require.Equal(t, []string{
		"made.go:5:13 takes gnet.Rotate: gnet's engine belongs to gnetsrv",
		"made.go:7:43 takes gnet.Run: gnet's engine belongs to gnetsrv",
	}, complaints)
}

func TestGnetEngine_TypesAreFree(t *testing.T) {
	for _, src := range []string{
		"package made\n\nimport \"github.com/panjf2000/gnet/v2\"\n\ntype Conn = gnet.Conn\n",
		"package made\n\nimport \"example.com/gnet\"\n\nvar run = gnet.Run\n",
	} {
		complaints, err := checkGnetEngine("made.go", src)
		require.NoError(t, err)
		require.Empty(t, complaints)
	}
}

func TestGnetEngine_DotImport(t *testing.T) {
	complaints, err := checkGnetEngine("made.go",
		"package made\n\nimport . \"github.com/panjf2000/gnet/v2\"\n\nvar run = Run\n")
	require.NoError(t, err)
	require.Len(t, complaints, 1)
}
