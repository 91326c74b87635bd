package lint

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// top is the module's root as seen from this package.
const top = "../.."

func TestTree_ImportsPointDown(t *testing.T) {
	require.Empty(t, checkLayers(listPackages(t), layers))
}

func TestTree_KeepsReserves(t *testing.T) {
	require.Empty(t, checkReserves(listPackages(t), reserves))
}

func TestTree_StaysInsideFences(t *testing.T) {
	require.Empty(t, checkFences(listPackages(t), fences))
}

func TestTree_StartsGnetInOnePlace(t *testing.T) {
	for _, p := range listPackages(t) {
		if p.name() == gnetHome {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			complaints, err := checkGnetEngine(filepath.Join(p.Dir, file), nil)
			require.NoError(t, err)
			require.Empty(t, complaints)
		}
	}
}

func TestTree_NamesNoPathOfOneMachine(t *testing.T) {
	root, err := filepath.Abs(top)
	require.NoError(t, err)
	files := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || path == filepath.Join(root, "bin")):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		// Others may build beside this test, whose files come and go.
		if errors.Is(err, fs.ErrNotExist) || err == nil && !utf8.Valid(content) {
			return nil
		}
		if err != nil {
			return err
		}
		files++
		name, err := filepath.Rel(root, path)
		require.NoError(t, err)
		require.Empty(t, checkPaths(name, content, root))
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 10, "the walk has missed the tree")
}

// listPackages asks go list for every package of the module.
func listPackages(t *testing.T) []listed {
	t.Helper()
	const fields = "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports"
	command := exec.Command("go", "list", fields, "./...")
	command.Dir = top
	command.Stderr = os.Stderr
	pipe, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	var packages []listed
	decoder := json.NewDecoder(pipe)
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NoError(t, command.Wait())
	require.True(t, slices.ContainsFunc(packages, func(p listed) bool { return p.name() == "uring" }),
		"go list has not found the module's packages")
	return packages
}
