package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/corering/corering/bench"
)

// newRunCommand returns "fibbench run".
func newRunCommand() *cobra.Command {
	var flags loadFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "run ADDR",
		Short: "One experiment against a running server",
		Long: `run puts a closed loop on the server at ADDR, HOST:PORT or line://HOST:PORT:
every connection writes its requests at once, waits for all of their answers and
writes the next. Every answer is checked.`,
		Example: `  fibbench run 127.0.0.1:12345
  fibbench run 127.0.0.1:12345 --connections 1 --spin
  fibbench run 127.0.0.1:12345 --request 10 --expect 55 --request 20 --expect 6765`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			load, err := flags.load(cmd)
			if err != nil {
				return err
			}
			load.Address = args[0]
			return run(cmd, load, asJSON)
		},
	}
	flags.add(cmd, 5*time.Second, time.Second)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// run measures and reports.
func run(cmd *cobra.Command, load bench.Load, asJSON bool) error {
	machine, err := bench.ReadMachine("/proc")
	if err != nil {
		return failure{err}
	}
	if err := pinProcess(load.CPUs); err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr())
	progress.show("about %v, Ctrl-C ends it early", load.Warmup+load.Duration)
	result, err := load.Run(cmd.Context())
	progress.clear()
	if err != nil {
		return failure{fmt.Errorf("%s: %w", load.Address, err)}
	}
	if asJSON {
		err = writeJSON(cmd.OutOrStdout(), machine, result)
	} else {
		err = bench.WriteResult(cmd.OutOrStdout(), machine, result)
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

// writeJSON writes the machine and the result as one object.
func writeJSON(w io.Writer, machine bench.Machine, result bench.Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Machine bench.Machine `json:"machine"`
		Result  bench.Result  `json:"result"`
	}{machine, result})
}
