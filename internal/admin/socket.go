package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pathMax is the length in bytes of the longest path that a Unix socket's
// address holds, with the zero that ends it. See unix(7).
const pathMax = len(unix.RawSockaddrUnix{}.Path) - 1

// listen opens a stream socket at path that only this user may connect to. A
// socket that a dead server has left there is replaced; anything else that is
// there already is an error.
func listen(path string) (*net.UnixListener, error) {
	if len(path) > pathMax {
		return nil, fmt.Errorf("path has %d bytes, a Unix socket's has at most %d", len(path), pathMax)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: restrict}
	listener, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	unixListener := listener.(*net.UnixListener)
	// Close would remove whatever is at path by then; remove does it with care.
	unixListener.SetUnlinkOnClose(false)
	return unixListener, nil
}

// restrict sets the mode of a socket that is not bound yet. The kernel gives the
// file at its address that mode, less the umask: so there is no moment at which
// others may connect, as there would be before a chmod.
func restrict(_, _ string, conn syscall.RawConn) error {
	var err error
	if controlErr := conn.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) }); controlErr != nil {
		return controlErr
	}
	return os.NewSyscallError("fchmod", err)
}

// removeStale removes the socket at path if nobody answers on it. Two servers
// that start at the same moment may both find the same dead socket; then the
// path ends up with one of them, and both serve.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("something that is not a socket is in the way")
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		conn.Close()
		return errors.New("another server answers there")
	case !errors.Is(err, unix.ECONNREFUSED):
		return err
	}
	return os.Remove(path)
}

// remove removes the socket file if it is still the one that own describes.
func remove(path string, own fs.FileInfo) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !os.SameFile(info, own):
		return nil
	}
	return os.Remove(path)
}
