package ioring

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pawelgaczynski/giouring"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// open returns an enabled ring on the test's own thread and closes it at the
// end of the test.
func open(t testing.TB, config Config) *Ring {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	ring, err := New(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ring.Close()) })
	require.NoError(t, ring.Enable())
	return ring
}

// pair returns two connected stream sockets.
func pair(t testing.TB) (int, int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fds[0]); _ = unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// await submits and returns the next completion.
func await(t testing.TB, r *Ring) CQE {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if cqe := r.Next(); cqe != nil {
			return *cqe
		}
		require.True(t, time.Now().Before(deadline), "no completion")
		require.NoError(t, r.SubmitAndWait(time.Until(deadline)))
	}
}

func TestRing_OfOneEntry(t *testing.T) {
	r := open(t, Config{Entries: 1, CompletionEntries: 1})
	const n = 100
	for i := range uint64(n) {
		r.Push(Nop(i))
	}
	require.Equal(t, n, r.Unsubmitted())
	for i := range uint64(n) {
		cqe := await(t, r)
		require.Equal(t, i, cqe.UserData)
		require.Zero(t, cqe.Res)
	}
	require.Zero(t, r.Unsubmitted())
	require.Nil(t, r.Next())
}

func TestRing_CompletionOverflowLosesNothing(t *testing.T) {
	r := open(t, Config{Entries: 64, CompletionEntries: 64})
	const n = 1000
	for i := range uint64(n) {
		r.Push(Nop(i))
	}
	require.NoError(t, r.Submit())
	require.True(t, r.Overflowed())
	require.Equal(t, 64, r.Ready())
	for i := range uint64(n) {
		require.Equal(t, i, await(t, r).UserData)
	}
	require.NoError(t, r.Submit())
	require.False(t, r.Overflowed())
}

// A queue entry keeps what its last user wrote; an operation that must have a
// field zero then fails with EINVAL.
func TestRing_RecycledEntriesAreClean(t *testing.T) {
	r := open(t, Config{Entries: 1, CompletionEntries: 4})
	a, b := pair(t)
	for range 3 {
		dirty := Poll(a, unix.POLLOUT, 1)
		dirty.Addr3, dirty.BufIG = 77, 7
		r.Push(dirty)
		await(t, r)
		r.Push(SQE{OpCode: giouring.OpShutdown, Fd: int32(b), Len: unix.SHUT_WR, UserData: 2})
		cqe := await(t, r)
		require.Equal(t, uint64(2), cqe.UserData)
		require.Zero(t, cqe.Res, unix.Errno(-cqe.Res))
	}
}

func TestRing_WaitEndsByTimeout(t *testing.T) {
	r := open(t, Config{Entries: 1, CompletionEntries: 2})
	require.NoError(t, r.SubmitAndWait(time.Millisecond))
	require.NoError(t, r.SubmitAndWait(0))
	require.Nil(t, r.Next())
	require.Equal(t, uint64(2), r.Waits)
}

func TestRing_WaitEndsBySignal(t *testing.T) {
	r := open(t, Config{Entries: 1, CompletionEntries: 2})
	thread, stop, stopped := unix.Gettid(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Tgkill(os.Getpid(), thread, unix.SIGURG)
				runtime.Gosched()
			}
		}
	}()
	require.NoError(t, r.SubmitAndWait(-1), "without a signal this would never return")
	close(stop)
	<-stopped
}

func TestRing_TaskrunFlagTellsOfCompletions(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8, TaskrunFlag: true})
	reader, writer := pair(t)
	r.Push(Poll(reader, unix.POLLIN, 5))
	require.NoError(t, r.Submit())
	require.False(t, r.TaskrunPending())
	_, err := unix.Write(writer, []byte("x"))
	require.NoError(t, err)
	require.True(t, r.TaskrunPending())
	require.Zero(t, r.Ready())
	require.NoError(t, r.Submit())
	require.Equal(t, uint64(5), r.Next().UserData)
}

func TestRing_CloseFreesEverythingAtOnce(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	count := func() (descriptors, mappings int) {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		for _, entry := range entries {
			if target, _ := os.Readlink("/proc/self/fd/" + entry.Name()); strings.Contains(target, "io_uring") {
				descriptors++
			}
		}
		maps, err := os.ReadFile("/proc/self/maps")
		require.NoError(t, err)
		return descriptors, strings.Count(string(maps), "io_uring")
	}
	// More rings than the 16 places in the thread's table of registered ones.
	for range 40 {
		r, err := New(Config{Entries: 8, CompletionEntries: 16})
		require.NoError(t, err)
		require.NoError(t, r.Enable())
		require.NotZero(t, r.enterFlags&enterRegistered, "the table of registered rings is full")
		buffers, err := NewBuffers(r, 3, 8, 512)
		require.NoError(t, err)
		descriptors, mappings := count()
		require.Equal(t, 1, descriptors)
		require.NotZero(t, mappings)
		require.NoError(t, buffers.Close())
		require.NoError(t, r.Close())
		require.NoError(t, r.Close(), "closing twice")
		descriptors, mappings = count()
		require.Zero(t, descriptors)
		require.Zero(t, mappings)
	}
}

func TestRing_DoesNotAllocate(t *testing.T) {
	r := open(t, Config{Entries: 4, CompletionEntries: 8})
	allocs := testing.AllocsPerRun(1000, func() {
		for i := range uint64(6) { // two of them spill
			r.Push(Nop(i))
		}
		_ = r.SubmitAndWait(-1)
		for r.Next() != nil {
		}
	})
	require.Zero(t, allocs)
}

func TestRing_WrongSizeIsRefused(t *testing.T) {
	_, err := New(Config{Entries: 8, CompletionEntries: 4})
	require.ErrorIs(t, err, unix.EINVAL)
}

func TestEnterError_NormalResultsAreNoErrors(t *testing.T) {
	for _, errno := range []unix.Errno{0, unix.ETIME, unix.EINTR, unix.EBUSY, unix.EAGAIN} {
		require.NoError(t, enterError(errno))
	}
	require.ErrorIs(t, enterError(unix.EBADR), ErrLost)
	require.ErrorIs(t, enterError(unix.EBADF), unix.EBADF)
}
