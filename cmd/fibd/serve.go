package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const serveLong = `Serve Fibonacci numbers over TCP.

A client sends "30" and gets "832040". "doubling 1000" asks for a function by
name. At chunk:// addresses each piece that arrives is a request, with or without
a newline; at line:// addresses each line is one, and a blank line ends the
session.

Every flag may be given as an environment variable instead, --max-conns 100 as
FIBD_MAX_CONNS=100, lists with commas. A flag on the command line wins.

SIGINT and SIGTERM drain: what has arrived is answered, for at most --drain. A
second signal stops at once.

` + exitHelp

const serveExamples = `  fibd serve
  fibd serve --listen line://0.0.0.0:4000 --listen 'line://[::]:4000'
  fibd serve --io-cores 2-3 --busy-poll 50us --status /run/fibd.sock
  FIBD_ENGINE=gnet fibd serve --log-format json`

func newServe() *cobra.Command {
	o := defaultOptions()
	groups := o.groups()
	serve := &cobra.Command{
		Use:     "serve",
		Short:   "Run the server",
		Long:    serveLong,
		Example: serveExamples,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := applyEnvironment(cmd.Flags(), os.Getenv); err != nil {
				return err
			}
			return serve(o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	for _, g := range groups {
		serve.Flags().AddFlagSet(g.flags)
	}
	completeWords(serve)
	serve.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := io.WriteString(cmd.OutOrStderr(), groupedUsage(cmd, groups))
		return err
	})
	return serve
}

// completeWords lets the shell complete the values of flags that take one of a
// few words.
func completeWords(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		s, ok := flag.Value.(*setting[string])
		if !ok || len(s.words) == 0 {
			return
		}
		complete := cobra.FixedCompletions(s.words, cobra.ShellCompDirectiveNoFileComp)
		if err := cmd.RegisterFlagCompletionFunc(flag.Name, complete); err != nil {
			panic(err) // the flag is there
		}
	})
}
