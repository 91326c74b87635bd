package main

import "github.com/spf13/cobra"

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "fibd",
		Short:         "A Fibonacci server: small requests stay quick while big ones burn the processor",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		// They would take several lines.
		DisableSuggestions: true,
	}
	root.SetVersionTemplate(versionLine())
	root.AddCommand(newServe())
	return root
}
