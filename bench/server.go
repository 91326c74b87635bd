package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	statusPoll = 5 * time.Millisecond // between two looks for the status socket
	pipeWait   = time.Second          // for output after the server's end
	deathWait  = 200 * time.Millisecond
)

// ServerConfig describes a server to start.
type ServerConfig struct {
	// Command is the program and its arguments.
	Command []string
	// CPUs are those that it may run on. Empty means those of this process.
	CPUs []int
	// Status is the path of the Unix socket at which the command, as its
	// arguments tell it, answers with its status.
	Status string
	// StartTimeout bounds the wait for the first status. Zero means 10 s.
	StartTimeout time.Duration
	// StopTimeout is what the server is given to end after SIGTERM. Zero means
	// 5 s.
	StopTimeout time.Duration
}

// Server is a server process that this package has started. Its methods may be
// called from any goroutine.
type Server struct {
	config ServerConfig
	cmd    *exec.Cmd
	output *tail
	ended  chan struct{} // closed when the process has been reaped
	err    error         // of Wait; read after ended
}

// StartServer starts the command in a process group of its own and returns when
// its status names an address, or with an error that shows its last output. The
// server dies with this process.
func StartServer(ctx context.Context, config ServerConfig) (*Server, Status, error) {
	if len(config.Command) == 0 {
		return nil, Status{}, errors.New("start server: no command")
	}
	if config.StartTimeout == 0 {
		config.StartTimeout = 10 * time.Second
	}
	if config.StopTimeout == 0 {
		config.StopTimeout = 5 * time.Second
	}
	s := &Server{config: config, output: &tail{}, ended: make(chan struct{})}
	started := make(chan error)
	go s.supervise(started)
	if err := <-started; err != nil {
		return nil, Status{}, fmt.Errorf("start server: %w", err)
	}
	status, err := s.awaitStatus(ctx)
	if err != nil {
		return nil, Status{}, errors.Join(err, s.Stop())
	}
	return s, status, nil
}

// supervise starts the process and waits for its end. It stays on one thread,
// which is pinned for the child to inherit, and which must outlive the child
// because Pdeathsig fires when the thread that forked ends, see prctl(2).
func (s *Server) supervise(started chan<- error) {
	runtime.LockOSThread() // never unlocked: the pinned thread ends here
	if len(s.config.CPUs) > 0 {
		if err := pinThread(s.config.CPUs); err != nil {
			started <- err
			return
		}
	}
	s.cmd = exec.Command(s.config.Command[0], s.config.Command[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.cmd.WaitDelay = pipeWait
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	s.err = s.reap()
	close(s.ended)
}

// reap waits for the end of the process and kills what is left of its group.
// The kill comes before the reaping, which sets the group's number free for
// somebody else.
func (s *Server) reap() error {
	pid := s.cmd.Process.Pid
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("waitid", err)
		}
		break
	}
	_ = unix.Kill(-pid, unix.SIGKILL) // ESRCH: nobody else was in the group
	return s.cmd.Wait()
}

// awaitStatus polls the status socket until it names an address.
func (s *Server) awaitStatus(ctx context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.StartTimeout)
	defer cancel()
	ticker := time.NewTicker(statusPoll)
	defer ticker.Stop()
	for {
		status, err := ReadStatus(ctx, s.config.Status)
		if err == nil && status.LineAddress() != "" {
			return status, nil
		}
		if err == nil {
			err = errors.New("its status names no address")
		}
		select {
		case <-s.ended:
			return Status{}, s.Ended()
		case <-ctx.Done():
			return Status{}, fmt.Errorf("%w: %q: %w%s", ErrNotReady, s.commandLine(), err, s.output.quoted())
		case <-ticker.C:
		}
	}
}

// PID returns the process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Ended returns nil while the server runs, and afterwards an ErrServerEnded
// with its exit status and last output.
func (s *Server) Ended() error {
	select {
	case <-s.ended:
		return fmt.Errorf("%w: %q: %v%s", ErrServerEnded, s.commandLine(), s.cmd.ProcessState, s.output.quoted())
	default:
		return nil
	}
}

// endedSoon is Ended for a server that has just dropped a connection, as the
// kernel does for a dying process a moment before its end can be noticed.
func (s *Server) endedSoon() error {
	timer := time.NewTimer(deathWait)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	}
	return s.Ended()
}

// Stop ends the server by SIGTERM, or by SIGKILL where that is not enough,
// which is an error. It returns when the process is gone, and may be called
// more than once.
func (s *Server) Stop() error {
	if s.Ended() != nil {
		return nil
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has just ended
	timer := time.NewTimer(s.config.StopTimeout)
	defer timer.Stop()
	select {
	case <-s.ended:
		return nil
	case <-timer.C:
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
	return fmt.Errorf("%w: %q had to be killed after %v%s",
		ErrNotStopping, s.commandLine(), s.config.StopTimeout, s.output.quoted())
}

// commandLine returns the command as a person writes it.
func (s *Server) commandLine() string { return strings.Join(s.config.Command, " ") }
