package lint

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// made returns a package of ours as go list would describe it.
func made(name string, imports ...string) listed {
	return listed{ImportPath: module + "/" + name, Imports: imports}
}

func TestLayers_UpwardAndSidewardImports(t *testing.T) {
	layers := [][]string{{"top"}, {"left", "right"}, {"bottom"}}
	require.Empty(t, checkLayers([]listed{
		made("top", module+"/left", module+"/bottom", "fmt"),
		made("left", module+"/bottom"),
		made("bottom", "unsafe"),
	}, layers))
	require.Equal(t, []string{
		"left imports right, which is not below it",
		"bottom imports top, which is not below it",
	}, checkLayers([]listed{
		made("left", module+"/right"),
		made("bottom", module+"/top"),
	}, layers))
}

func TestLayers_TestsMayLookUpwards(t *testing.T) {
	p := made("bottom")
	p.XTestImports = []string{module + "/bottom", module + "/top"}
	require.Empty(t, checkLayers([]listed{p}, [][]string{{"top"}, {"bottom"}}))
}

func TestLayers_PackageWithoutPlace(t *testing.T) {
	require.Equal(t, []string{"lost has no place among the layers in internal/lint/rules.go"},
		checkLayers([]listed{made("lost")}, [][]string{{"top"}}))
}

func TestReserves_Trespass(t *testing.T) {
	reserves := []reserve{{"example.com/raw/...", []string{"edge"}, "it bites"}}
	require.Empty(t, checkReserves([]listed{made("edge", "example.com/raw", "example.com/raw/sub"),
		made("other", "example.com/rawhide")}, reserves))
	require.Equal(t, []string{"other imports example.com/raw/sub: it bites"},
		checkReserves([]listed{made("other", "example.com/raw/sub")}, reserves))
}

func TestReserves_HoldTestsToo(t *testing.T) {
	p := made("other")
	p.TestImports = []string{"example.com/raw"}
	require.Equal(t, []string{"other imports example.com/raw: it bites"},
		checkReserves([]listed{p}, []reserve{{"example.com/raw", nil, "it bites"}}))
}

func TestFences_Escape(t *testing.T) {
	fences := []fence{{[]string{"bench/..."}, []string{"bench/...", "tool"}, "it stays outside"}}
	packages := []listed{
		made("bench", module+"/bench/plot", module+"/tool", "fmt"),
		made("bench/plot"), made("tool", module+"/server"), made("server"),
	}
	require.Empty(t, checkFences(packages, fences))
	packages[1].XTestImports = []string{module + "/server"}
	require.Equal(t, []string{"bench/plot imports server: it stays outside"}, checkFences(packages, fences))
}

// The made-up tables above prove the checks; this proves that the real tables
// say what they are meant to.
func TestRules_KnownTrespasses(t *testing.T) {
	for _, p := range []listed{
		made("uring", "github.com/pawelgaczynski/giouring"),
		made("internal/fibserver", "github.com/panjf2000/gnet/v2"),
		made("uring", module+"/bench"),
		made("internal/backend", module+"/cmd/fibd"),
	} {
		require.Len(t, checkReserves([]listed{p}, reserves), 1, p.name())
	}
	for _, p := range []listed{
		made("internal/ioring", module+"/uring"),
		made("bench", module+"/uring"),
		made("cmd/fibbench", module+"/uring"),
	} {
		require.Len(t, checkFences([]listed{p, made("uring")}, fences), 1, p.name())
	}
	for _, p := range []listed{
		made("uring", module+"/gnetsrv"),
		made("internal/fibserver", module+"/internal/backend"),
	} {
		require.Len(t, checkLayers([]listed{p}, layers), 1, p.name())
	}
}
