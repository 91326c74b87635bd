package bench

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/corering/corering/bench/benchtest"
)

func TestMain(m *testing.M) {
	benchtest.Main()
	goleak.VerifyTestMain(m)
}
