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

// newLogger returns a logger of a form and level that the flags take.
func newLogger(format, least string, w io.Writer) *slog.Logger {
	var level slog.LevelVar
	if err := level.UnmarshalText([]byte(least)); err != nil {
		panic(err) // the flag takes only levels
	}
	settings := &slog.HandlerOptions{Level: &level}
	if format == formatJSON {
		return slog.New(slog.NewJSONHandler(w, settings))
	}
	return slog.New(slog.NewTextHandler(w, settings))
}
