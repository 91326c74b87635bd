package main

import (
	"io"
	"log/slog"
)

// Forms of the log.
const (
	formatText = "text"
	formatJSON = "json"
)

// newLogger returns the logger that the options ask for.
func newLogger(o *options, w io.Writer) *slog.Logger {
	var level slog.LevelVar
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		panic(err) // the flag takes only levels
	}
	settings := &slog.HandlerOptions{Level: &level}
	if o.logFormat == formatJSON {
		return slog.New(slog.NewJSONHandler(w, settings))
	}
	return slog.New(slog.NewTextHandler(w, settings))
}
