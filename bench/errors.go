package bench

import "errors"

// What a server can do wrong while it is under load. Each ends the run.
var (
	ErrWrongAnswer = errors.New("wrong answer")
	ErrReordered   = errors.New("answers out of order")
	ErrUnasked     = errors.New("unasked for answer")
	ErrNoAnswer    = errors.New("no answer in time")
	ErrClosed      = errors.New("closed by the server")
)

// ErrInterrupted means that the context ended before anything was measured.
var ErrInterrupted = errors.New("interrupted before anything was measured")

// What can go wrong with a server that this package starts.
var (
	ErrServerEnded = errors.New("server ended by itself")
	ErrNotReady    = errors.New("server does not get ready")
	ErrNotStopping = errors.New("server does not stop on SIGTERM")
	ErrWrongEngine = errors.New("not the engine that was asked for")
)
