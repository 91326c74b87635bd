package servertest

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/corering/corering/internal/testutil"
	"github.com/corering/corering/uring"
)

// Engine is an engine under test.
type Engine struct {
	// Name is the engine's name in the names of the tests.
	Name string
	// Rotate serves until the engine is stopped.
	Rotate func(handler uring.EventHandler, addrs []string, settings Settings) error
	// InboundFull is the error with which the engine closes a connection whose
	// handler leaves more than MaxInbound bytes unread. Nil means that the
	// engine stops reading from it.
	InboundFull error
}

// Settings are the settings that engines have in common, with the meanings of
// uring.Config.
type Settings struct {
	Loops      int
	Ticker     bool
	MaxInbound int
	Linger     time.Duration
	Logger     *slog.Logger
}

// test is one test of the suite.
type test struct {
	name string
	run  func(t *testing.T, e env)
}

// env is what a test works with: an engine and the settings to start it with,
// which the test may change first.
type env struct {
	engine   Engine
	settings Settings
}

// Run runs the suite, each test with one loop and with two, as subtests of t.
func Run(t *testing.T, engine Engine) {
	var tests []test
	for _, group := range [][]test{
		echoTests, inputTests, closeTests, halfCloseTests, asyncTests,
		addressTests, pressureTests, crowdTests, stopTests, engineTests,
	} {
		tests = append(tests, group...)
	}
	for _, test := range tests {
		for _, loops := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/%s/loops=%d", engine.Name, test.name, loops), func(t *testing.T) {
				testutil.CheckLeaks(t)
				settings := Settings{Loops: loops, Logger: slog.New(slog.DiscardHandler)}
				test.run(t, env{engine: engine, settings: settings})
			})
		}
	}
}
