package fibserver

import (
	"testing"

	"go.uber.org/goleak"
)

// noLeaks fails the test if goroutines are left at its end that were not there
// at its beginning.
func noLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}
