package gnetsrv

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// logger is gnet's logging.Logger on slog. gnet reports its own life at Info,
// which is Debug to a program that has a line of its own for it. Safe for
// concurrent use.
type logger struct {
	slog *slog.Logger
	// failure is the first message at error level. gnet's Run returns nil when
	// a loop has died and only logs why.
	failure atomic.Pointer[string]
}

func (l *logger) Debugf(format string, args ...any) { l.log(slog.LevelDebug, format, args) }
func (l *logger) Infof(format string, args ...any)  { l.log(slog.LevelDebug, format, args) }
func (l *logger) Warnf(format string, args ...any)  { l.log(slog.LevelWarn, format, args) }
func (l *logger) Fatalf(format string, args ...any) { l.Errorf(format, args...) }

func (l *logger) Errorf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.failure.CompareAndSwap(nil, &message)
	l.log(slog.LevelError, format, args)
}

func (l *logger) log(level slog.Level, format string, args []any) {
	if l.slog.Enabled(context.Background(), level) {
		l.slog.Log(context.Background(), level, fmt.Sprintf("gnet: "+format, args...))
	}
}

// reason returns the first error, or a word for none.
func (l *logger) reason() string {
	if message := l.failure.Load(); message != nil {
		return *message
	}
	return "no reason given"
}
