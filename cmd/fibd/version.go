package main

import (
	"fmt"
	"runtime"
)

// The build stamps these; see the Makefile.
var (
	version  = "devel"
	revision = ""
)

// versionLine returns what --version prints.
func versionLine() string {
	built := ""
	if revision != "" {
		built = "revision " + revision + ", "
	}
	return fmt.Sprintf("fibd %s (%s%s %s/%s)\n", version, built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
