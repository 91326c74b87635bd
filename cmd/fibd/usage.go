package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageWidth is the width in columns to which the help is wrapped.
const usageWidth = 100

// groupedUsage returns the part of the help that follows the description, with
// the flags under the headings of their groups.
func groupedUsage(cmd *cobra.Command, groups []flagGroup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, g.flags.FlagUsagesWrapped(usageWidth))
	}
	return b.String()
}
