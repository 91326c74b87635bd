package ioring

import (
	"fmt"
	"os"
	"testing"

	"github.com/pawelgaczynski/giouring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestProbe_WorksHere(t *testing.T) {
	require.NoError(t, Probe(), "the tests of this package need io_uring")
}

func TestClassify_TellsNoFromUnknown(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM, unix.EACCES, unix.EINVAL} {
		err := classify(fmt.Errorf("step: %w", os.NewSyscallError("io_uring_setup", errno)))
		require.ErrorIs(t, err, ErrNotSupported)
		require.ErrorIs(t, err, errno)
		require.ErrorContains(t, err, "io_uring_setup")
	}
	for _, errno := range []unix.Errno{unix.ENOMEM, unix.EMFILE, unix.ENFILE} {
		err := classify(os.NewSyscallError("io_uring_setup", errno))
		require.NotErrorIs(t, err, ErrNotSupported)
		require.ErrorIs(t, err, errno)
	}
	require.NoError(t, classify(nil))
}

// oldKernel answers EINVAL to flags outside known, as a kernel does.
func oldKernel(known uint32) func(uint32) error {
	return func(flags uint32) error {
		if flags&^known != 0 {
			return unix.EINVAL
		}
		return nil
	}
}

func TestPeel_DropsOnlyWhatIsUnknown(t *testing.T) {
	all := uint32(setupFlags | giouring.SetupTaskrunFlag)
	floor := uint32(giouring.SetupCQSize | giouring.SetupRDisabled)
	v60 := all&^giouring.SetupDeferTaskrun | giouring.SetupCoopTaskrun
	cases := map[string]struct{ known, granted uint32 }{
		"6.1":  {all | giouring.SetupCoopTaskrun, all},
		"6.0":  {v60, v60},
		"5.19": {v60 &^ giouring.SetupSingleIssuer, v60 &^ giouring.SetupSingleIssuer},
		"5.18": {floor | giouring.SetupSubmitAll, floor | giouring.SetupSubmitAll},
		"5.10": {floor, floor},
	}
	for name, c := range cases {
		granted, err := peel(all, oldKernel(c.known))
		require.NoError(t, err, name)
		require.Equal(t, c.granted, granted, name)
	}
	_, err := peel(all, oldKernel(0))
	require.ErrorIs(t, err, unix.EINVAL)
}

func TestPeel_OtherErrorsEndIt(t *testing.T) {
	tries := 0
	_, err := peel(setupFlags, func(uint32) error { tries++; return unix.EPERM })
	require.ErrorIs(t, err, unix.EPERM)
	require.Equal(t, 1, tries)
}
