package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Exit statuses of every command.
const (
	exitDone     = 0 // it did what it was asked for
	exitCut      = 1 // it ran, and ended before it was done
	exitNotBegun = 2 // it could not begin
)

const exitHelp = `Exit status:
  0  stopped by a signal, and every answer that was due is sent
  1  the drain was cut short, or the engine has failed
  2  could not start: a bad flag, a port in use, too few descriptors, an engine
     that is refused`

// A cut is an error of something that had begun.
type cut struct {
	err error
}

func (c *cut) Error() string { return c.err.Error() }
func (c *cut) Unwrap() error { return c.err }

// report writes an error in one line and returns the exit status.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	// Joined errors come one a line.
	fmt.Fprintln(stderr, "fibd:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if _, begun := errors.AsType[*cut](err); begun {
		return exitCut
	}
	return exitNotBegun
}
