package backend

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHost_KernelVersion(t *testing.T) {
	for release, want := range map[string]version{
		"6.18.44-fc-v657": {6, 18},
		"5.4":             {5, 4},
		"10.0-rc1":        {10, 0},
		"":                {},
		"Linux":           {},
	} {
		require.Equal(t, want, madeHost(t, release, nil).kernel(), release)
	}
	require.Equal(t, "6.18", version{6, 18}.String())
	require.Equal(t, "unknown", version{}.String())
}

func TestHost_VersionOrder(t *testing.T) {
	require.True(t, version{5, 19}.before(version{6, 0}))
	require.True(t, version{6, 0}.before(version{6, 1}))
	require.False(t, version{6, 1}.before(version{6, 1}))
	require.False(t, version{10, 0}.before(version{6, 0}))
	require.False(t, version{}.before(version{6, 0}), "an unknown version is not old")
}

func TestHost_ThisOne(t *testing.T) {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(release)), unameRelease())
	require.NotEqual(t, version{}, thisHost.kernel())
	require.Equal(t, strings.TrimSpace(string(release)), thisHost.sysctl("kernel.osrelease"))
}
