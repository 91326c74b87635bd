package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeProc writes files below a directory that stands for /proc.
func writeProc(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

func TestReadMachine_FromProc(t *testing.T) {
	root := writeProc(t, map[string]string{
		"sys/kernel/osrelease": "6.18.44\n",
		"cpuinfo":              "processor\t: 0\nmodel name\t: Some CPU: 3 GHz\n\nprocessor\t: 1\nmodel name\t: Other\n",
	})
	machine, err := ReadMachine(root)
	require.NoError(t, err)
	require.Equal(t, "6.18.44", machine.Kernel)
	require.Equal(t, "Some CPU: 3 GHz", machine.CPUModel)
	require.Contains(t, machine.String(), "Linux 6.18.44, Some CPU: 3 GHz, ")
}

func TestReadMachine_WithoutModel(t *testing.T) {
	root := writeProc(t, map[string]string{"sys/kernel/osrelease": "6.18.44\n", "cpuinfo": "processor\t: 0\n"})
	machine, err := ReadMachine(root)
	require.NoError(t, err)
	require.Contains(t, machine.CPUModel, "unknown ")
}

func TestReadMachine_Missing(t *testing.T) {
	_, err := ReadMachine(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}
