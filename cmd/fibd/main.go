// Command fibd is a Fibonacci server that stays quick for small requests while
// big ones burn the processor. See `fibd serve --help`.
package main

import (
	"io"
	"os"
	"runtime"
)

// The main goroutine stays on the main thread. Otherwise an event loop might
// get that one and pin it for good, and the process's own CPU mask with it, as
// taskset(1) and what this process starts would see it.
func init() {
	runtime.LockOSThread()
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(stderr, root.Execute())
}
