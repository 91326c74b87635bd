package lint

import (
	"bytes"
	"fmt"
	"regexp"
)

// homes matches directories that belong to somebody: what is below them exists
// on one machine only.
var homes = regexp.MustCompile(`(?:^|[^\w./-])(/(?:(?:home|Users)/[A-Za-z][\w.-]*|root)/)`)

// checkPaths returns a complaint for every line that names a home directory, or
// a directory at or below root, the absolute path of the checkout itself.
func checkPaths(filename string, content []byte, root string) []string {
	var complaints []string
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if homes.Match(line) || bytes.Contains(line, []byte(root)) {
			complaints = append(complaints, fmt.Sprintf("%s:%d names a path of one machine: %s",
				filename, number, bytes.TrimSpace(line)))
		}
	}
	return complaints
}
