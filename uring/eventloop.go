package uring

import (
	"context"
	"net"
	"time"
)

// Execute implements EventLoop. Safe for concurrent use.
func (l *loop) Execute(ctx context.Context, runnable Runnable) error {
	if runnable == nil {
		return ErrNilRunnable
	}
	if !l.mail.post(func() { l.execute(ctx, runnable) }) {
		return ErrEngineInShutdown
	}
	return nil
}

func (l *loop) execute(ctx context.Context, runnable Runnable) {
	if err := runnable.Run(ctx); err != nil {
		l.config.Logger.Warn("a task of the event loop has returned an error", "loop", l.index, "error", err)
	}
}

// Close implements EventLoop. It must be called on the loop.
func (l *loop) Close(c Conn) error {
	own, ok := c.(*conn)
	if !ok || own.loop != l {
		return net.ErrClosed
	}
	own.close(nil)
	return nil
}

// Register implements EventLoop; not supported yet.
func (l *loop) Register(context.Context, net.Addr) (<-chan RegisteredResult, error) {
	return nil, ErrUnsupportedOp
}

// Enroll implements EventLoop; not supported yet.
func (l *loop) Enroll(context.Context, net.Conn) (<-chan RegisteredResult, error) {
	return nil, ErrUnsupportedOp
}

// Schedule implements EventLoop; not supported yet, as in gnet.
func (l *loop) Schedule(context.Context, Runnable, time.Duration) error {
	return ErrUnsupportedOp
}
