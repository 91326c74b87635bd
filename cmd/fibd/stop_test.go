package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Requests that are under way when a signal comes. The short one ends by itself
// within a drain, on any machine; the long one does not before it is cancelled.
const (
	shortRequest = "36"
	shortAnswer  = "14930352\n"
	longRequest  = "53"
)

// startBusy starts a server and sends it a request, which is under way when it
// returns.
func startBusy(t *testing.T, request string, args ...string) (*process, io.Reader) {
	t.Helper()
	path := socketPath(t)
	p := start(t, nil, append([]string{"--status", path, "--deadline", "8000h"}, args...)...)
	conn := p.dial("line")
	send(t, conn, request+"\n")
	askUntil(t, path, func(s snapshot) bool { return s.Server.Offloaded == 1 })
	return p, conn
}

func TestStop_DrainWaitsForAnswers(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		onEveryEngine(t, func(t *testing.T, engine string) {
			p, conn := startBusy(t, shortRequest, "--engine", engine, "--drain", patience.String())
			idle := p.dial("chunk")
			send(t, idle, "10\n")
			receive(t, idle, "55\n")
			p.signal(sig)
			answer, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Equal(t, shortAnswer, string(answer))
			rest, err := io.ReadAll(idle)
			require.NoError(t, err)
			require.Empty(t, rest)
			require.Equal(t, exitDone, p.wait(), p.stderr.String())
			require.Contains(t, p.stderr.String(), "msg=draining signal=")
			require.Contains(t, p.stderr.String(), "msg=stopped")
		})
	}
}

func TestStop_SecondSignalStopsAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p, conn := startBusy(t, longRequest, "--engine", engine, "--drain", "8000h")
		p.signal(syscall.SIGINT)
		p.stderr.waitFor(t, "msg=draining")
		p.signal(syscall.SIGTERM)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "[Error] cancelled: the server is stopping\n", string(answer))
		require.Equal(t, exitCut, p.wait())
		require.Contains(t, p.stderr.String(),
			"fibd: drain cut short by a second signal, terminated: 1 connections open, 1 requests unanswered\n")
	})
}

func TestStop_DrainEndsInTime(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p, conn := startBusy(t, longRequest, "--engine", engine, "--drain", "1ms")
		p.signal(syscall.SIGTERM)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "[Error] cancelled: the server is stopping\n", string(answer))
		require.Equal(t, exitCut, p.wait())
		require.Contains(t, p.stderr.String(), "fibd: drain cut short after 1ms: 1 connections open, 1 requests unanswered\n")
	})
}

func TestStop_NothingToDrain(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, engine string) {
		p := start(t, nil, "--engine", engine, "--drain", "0")
		p.stop()
	})
}

// uring closes its port first; gnet cannot, so who comes is told.
func TestStop_LateClientIsTold(t *testing.T) {
	p, conn := startBusy(t, longRequest, "--engine", "gnet", "--drain", "8000h")
	p.signal(syscall.SIGTERM)
	for {
		late := p.dial("line")
		answer, err := io.ReadAll(late)
		require.NoError(t, err)
		require.NoError(t, late.Close())
		if len(answer) > 0 { // otherwise it came before the drain
			require.Equal(t, "[Error] server stopping: no new clients\n", string(answer))
			break
		}
	}
	p.signal(syscall.SIGTERM)
	_, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, exitCut, p.wait())
}

func TestStop_NobodyReadsTheLog(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd := command(t, nil, "serve", "--listen", "line://127.0.0.1:0")
	cmd.Stderr = writer
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, startFromLastingThread(cmd))
	require.NoError(t, errors.Join(reader.Close(), writer.Close()))
	_, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}
