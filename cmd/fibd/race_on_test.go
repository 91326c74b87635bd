//go:build race

package main

// raceEnabled says whether the tests run under the race detector; the program
// is built with it then too.
const raceEnabled = true
