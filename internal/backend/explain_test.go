package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/corering/corering/internal/ioring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// madeHost returns a host with a kernel of that release and with these files
// below its root.
func madeHost(t *testing.T, release string, files map[string]string) host {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return host{root: root, release: func() string { return release }}
}

const (
	disabledFile = "proc/sys/kernel/io_uring_disabled"
	groupFile    = "proc/sys/kernel/io_uring_group"
	statusFile   = "proc/self/status"

	underFilter = "Name:\tfibd\nSeccomp:\t2\nSeccomp_filters:\t1\n"
	noFilter    = "Name:\tfibd\nSeccomp:\t0\nSeccomp_filters:\t0\n"
)

func TestExplain_Causes(t *testing.T) {
	for name, c := range map[string]struct {
		errno          unix.Errno
		release        string
		files          map[string]string
		reason, remedy string // parts of
	}{
		"switched off": {unix.EPERM, "6.18.44", map[string]string{disabledFile: "2\n", statusFile: noFilter},
			"kernel.io_uring_disabled is 2", "sysctl kernel.io_uring_disabled=0"},
		"for a group": {unix.EPERM, "6.18.44", map[string]string{disabledFile: "1\n", groupFile: "990\n"},
			"group 990", "sysctl kernel.io_uring_group="},
		"Docker": {unix.EPERM, "6.18.44", map[string]string{disabledFile: "0\n", statusFile: underFilter},
			"a seccomp filter is active", "--security-opt seccomp=PROFILE"},
		"a filter that says ENOSYS": {unix.ENOSYS, "6.18.44", map[string]string{statusFile: underFilter},
			"a seccomp filter is active", "io_uring_setup, io_uring_enter and io_uring_register"},
		"before io_uring": {unix.ENOSYS, "4.19.0-27-amd64", map[string]string{statusFile: noFilter},
			"kernel 4.19 is older than 6.0", "run kernel 6.0 or newer"},
		"early io_uring": {unix.EINVAL, "5.15.0", map[string]string{statusFile: underFilter},
			"kernel 5.15 is older than 6.0", "run kernel 6.0 or newer"},
		"built without": {unix.ENOSYS, "6.1.0", map[string]string{statusFile: noFilter},
			"built without io_uring", "CONFIG_IO_URING=y"},
		"a security module": {unix.EACCES, "6.1.0", map[string]string{statusFile: noFilter},
			"a security module", "audit log"},
		"something missing": {unix.EINVAL, "6.1.0", nil,
			"lacks something", "mainline kernel from 6.0 on"},
		"a host that tells nothing": {unix.EPERM, "", nil,
			"a security module", "audit log"},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("%w: %w", ioring.ErrNotSupported, os.NewSyscallError("io_uring_setup", c.errno))
			reason, remedy := explain(err, madeHost(t, c.release, c.files))
			require.Contains(t, reason, "io_uring_setup: "+c.errno.Error())
			require.Contains(t, reason, "likely cause: ")
			require.Contains(t, reason, c.reason)
			require.Contains(t, remedy, c.remedy)
			require.NotContains(t, reason+remedy, "\n")
		})
	}
}

func TestExplain_SeveralCauses(t *testing.T) {
	h := madeHost(t, "5.10.0", map[string]string{disabledFile: "2\n", statusFile: underFilter})
	reason, remedy := explain(unix.EPERM, h)
	require.Equal(t, "operation not permitted; likely cause: kernel 5.10 is older than 6.0, "+
		"and kernel.io_uring_disabled is 2, which switches io_uring off for everybody, "+
		"and a seccomp filter is active, as in Docker's default profile", reason)
	require.Contains(t, remedy, "run kernel 6.0 or newer, and sysctl kernel.io_uring_disabled=0, and docker run")
}

func TestExplain_SettingIsNotToBlameForENOSYS(t *testing.T) {
	reason, _ := explain(unix.ENOSYS, madeHost(t, "6.1.0", map[string]string{disabledFile: "2\n"}))
	require.NotContains(t, reason, "io_uring_disabled")
}
