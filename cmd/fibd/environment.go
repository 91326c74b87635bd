package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// variable returns the environment variable that stands for a flag.
func variable(flag string) string {
	return "FIBD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// applyEnvironment gives flags that are not on the command line the values of
// their variables. A variable that is empty counts as not set. The error names
// the variable.
func applyEnvironment(flags *pflag.FlagSet, getenv func(name string) string) error {
	var first error
	flags.VisitAll(func(flag *pflag.Flag) {
		name := variable(flag.Name)
		text := getenv(name)
		if first != nil || flag.Changed || flag.Name == "help" || text == "" {
			return
		}
		if err := flag.Value.Set(text); err != nil {
			first = fmt.Errorf("invalid value %q for %s: %w", text, name, err)
		}
	})
	return first
}
