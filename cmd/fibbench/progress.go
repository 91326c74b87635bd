package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// progress is one line on a terminal that is written over again and again. It
// stays silent on anything else.
type progress struct {
	w        io.Writer
	terminal bool
}

// newProgress returns a progress line on w.
func newProgress(w io.Writer) *progress {
	file, isFile := w.(*os.File)
	return &progress{w: w, terminal: isFile && isTerminal(file)}
}

// show replaces the line.
func (p *progress) show(format string, args ...any) {
	p.clear()
	if p.terminal {
		fmt.Fprintf(p.w, format, args...)
	}
}

// clear wipes the line away, so that a report may use the terminal.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// isTerminal reports whether somebody looks at the file.
func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
