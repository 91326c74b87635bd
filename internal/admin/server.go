package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// Limits of the status socket. It is for a few tools that look now and then; who
// connects in excess waits in the kernel's queue.
const (
	clientsMax = 4
	// answerTimeout bounds one answer, from the snapshot to its last byte.
	answerTimeout = 2 * time.Second
	// acceptPause is how long to wait after an accept that failed for want of
	// something, such as a descriptor.
	acceptPause = 100 * time.Millisecond
)

// A SnapshotFunc returns what a client is told, as a value for encoding/json. It
// runs on several goroutines at once, and gives up when ctx ends.
type SnapshotFunc func(ctx context.Context) (any, error)

// Server is a status socket. Its methods are called by one goroutine.
type Server struct {
	path     string
	own      fs.FileInfo // the socket file, to know it again
	listener *net.UnixListener
	logger   *slog.Logger

	closing context.Context // ends when Close begins
	close   context.CancelFunc
	serving sync.WaitGroup // the accepting goroutine, and one for each client
}

// Listen opens the status socket at path, with mode 0600. Clients may connect
// from then on and are answered once Serve is called. A socket that a dead
// server has left at path is replaced; if a server answers there, or anything
// else is there, Listen fails. The caller closes the server.
func Listen(path string, logger *slog.Logger) (*Server, error) {
	listener, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("open status socket %s: %w", path, err)
	}
	own, err := os.Lstat(path)
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("open status socket %s: %w", path, err)
	}
	s := &Server{path: path, own: own, listener: listener, logger: logger}
	s.closing, s.close = context.WithCancel(context.Background())
	return s, nil
}

// Serve answers those clients who are waiting and those who come, until Close.
// It returns at once and is called at most once.
func (s *Server) Serve(snapshot SnapshotFunc) {
	s.serving.Go(func() {
		places := make(chan struct{}, clientsMax)
		for s.closing.Err() == nil {
			conn, err := s.listener.AcceptUnix()
			if err != nil {
				s.waitAfter(err)
				continue
			}
			places <- struct{}{}
			s.serving.Go(func() {
				s.serve(conn, snapshot)
				<-places
			})
		}
	})
}

// waitAfter waits before the next accept, since the reason of most failures does
// not go away by itself.
func (s *Server) waitAfter(err error) {
	if errors.Is(err, net.ErrClosed) {
		return
	}
	s.logger.Warn("status socket cannot accept", "error", err)
	select {
	case <-time.After(acceptPause):
	case <-s.closing.Done():
	}
}

// serve answers one client.
func (s *Server) serve(conn *net.UnixConn, snapshot SnapshotFunc) {
	ctx, cancel := context.WithTimeout(s.closing, answerTimeout)
	defer cancel()
	// Unblocks the write of a client who does not read.
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })()
	err := writeSnapshot(ctx, conn, snapshot)
	if err := errors.Join(err, conn.Close()); err != nil {
		s.logger.Debug("status socket could not answer", "error", err)
	}
}

// Close ends what is being answered, waits for it, and removes the socket from
// the file system, unless the path belongs to another server by now.
func (s *Server) Close() error {
	s.close()
	err := s.listener.Close()
	s.serving.Wait()
	if err := errors.Join(err, remove(s.path, s.own)); err != nil {
		return fmt.Errorf("close status socket %s: %w", s.path, err)
	}
	return nil
}
