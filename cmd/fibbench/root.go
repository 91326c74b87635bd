package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // the server answered wrongly, died, or did not start
	exitUsage  = 2
)

// failure marks an error of a run. All other errors are about its flags.
type failure struct{ error }

// Unwrap lets errors.Is look inside.
func (f failure) Unwrap() error { return f.error }

// execute runs the command line and returns its exit status.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "fibbench: %v\n", err)
	if _, failed := errors.AsType[failure](err); failed {
		return exitFailed
	}
	fmt.Fprintf(stderr, "Try '%s --help'.\n", command.CommandPath())
	return exitUsage
}

// newRootCommand returns the whole command tree.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fibbench",
		Short: "Load on a line server, measured from outside",
		Long: `fibbench puts load on a server of lines, checks every answer, and compares two
servers with a confidence interval.

Exit status: 0 done, 1 the run failed (a wrong answer, a server that died or did
not start), 2 wrong usage. The first Ctrl-C ends a run early and reports what was
measured; the second one ends the program.`,
		Version:       strings.TrimSpace(version + " " + revision),
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newRunCommand(), newCompareCommand())
	return root
}
