package main

import (
	"testing"

	"github.com/corering/corering/internal/fibserver"
	"github.com/stretchr/testify/require"
)

func TestOptions_Defaults(t *testing.T) {
	o := defaultOptions()
	require.Equal(t, []string{"tcp://127.0.0.1:25000", "tcp://127.0.0.1:12345"}, o.engineAddrs())
	require.Equal(t, []fibserver.Mode{fibserver.Chunk, fibserver.Line}, o.modes())
}
