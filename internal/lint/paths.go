package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// homes matches directories that belong to somebody: what is below them exists
// on one machine only.
var homes = pathPattern(`(?:/(?:home|Users)/[A-Za-z][\w.-]*|/root)/`)

// pathPattern returns what matches an absolute path in a line, which is not the
// rest of a longer path or of a URL.
func pathPattern(path string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^\w./-])` + path)
}

// checkPaths returns a complaint for every line that names a home directory, or
// root, the absolute path of the checkout itself. A root of one element, such as
// that of a container's image, says nothing: other things are called so too.
func checkPaths(filename string, content []byte, root string) []string {
	patterns := []*regexp.Regexp{homes}
	if strings.Count(root, "/") > 1 {
		patterns = append(patterns, pathPattern(regexp.QuoteMeta(root)+`(?:[^\w-]|$)`))
	}
	var complaints []string
	number := 0
	for line := range bytes.Lines(content) {
		number++
		line = bytes.TrimSpace(line)
		if slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.Match(line) }) {
			complaints = append(complaints, fmt.Sprintf("%s:%d names a path of one machine: %s", filename, number, line))
		}
	}
	return complaints
}
