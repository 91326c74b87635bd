package backend

import (
	"fmt"
	"testing"

	"github.com/corering/corering/internal/ioring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// answering returns a probe that answers err.
func answering(err error) func() error {
	return func() error { return err }
}

func TestPick_Works(t *testing.T) {
	h := madeHost(t, "6.18.44", nil)
	for _, wish := range []string{Auto, Uring} {
		choice, err := pick(wish, answering(nil), h)
		require.NoError(t, err)
		require.Equal(t, Choice{Engine: Uring, Reason: "io_uring works, kernel 6.18"}, choice)
	}
}

func TestPick_GnetAsksNobody(t *testing.T) {
	choice, err := pick(Gnet, func() error { t.Error("probed"); return nil }, host{})
	require.NoError(t, err)
	require.Equal(t, Choice{Engine: Gnet, Reason: "asked for"}, choice)
}

func TestPick_Refused(t *testing.T) {
	h := madeHost(t, "6.18.44", map[string]string{disabledFile: "2\n"})
	no := answering(fmt.Errorf("%w: %w", ioring.ErrNotSupported, unix.EPERM))
	choice, err := pick(Auto, no, h)
	require.NoError(t, err)
	require.Equal(t, Gnet, choice.Engine)
	require.Contains(t, choice.Reason, "kernel.io_uring_disabled is 2")
	require.Equal(t, "sysctl kernel.io_uring_disabled=0", choice.Remedy)

	_, err = pick(Uring, no, h)
	require.ErrorIs(t, err, ioring.ErrNotSupported)
	require.ErrorIs(t, err, unix.EPERM)
	require.EqualError(t, err, choice.Reason+"; remedy: "+choice.Remedy)
}

func TestPick_OtherErrorsStay(t *testing.T) {
	for _, wish := range []string{Auto, Uring} {
		_, err := pick(wish, answering(unix.ENOMEM), host{})
		require.ErrorIs(t, err, unix.ENOMEM)
	}
}

func TestPick_UnknownWish(t *testing.T) {
	_, err := pick("epoll", answering(nil), host{})
	require.EqualError(t, err, `pick engine "epoll": want auto, uring or gnet`)
}
