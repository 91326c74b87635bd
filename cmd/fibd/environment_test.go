package main

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// flagsOf returns all flags of serve.
func flagsOf(o *options) *pflag.FlagSet {
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	for _, g := range o.groups() {
		flags.AddFlagSet(g.flags)
	}
	return flags
}

// getenvOf returns a getenv that knows these variables.
func getenvOf(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestEnvironment_StandsForFlags(t *testing.T) {
	o := defaultOptions()
	flags := flagsOf(o)
	require.NoError(t, flags.Parse([]string{"--max-line", "99"}))
	require.NoError(t, applyEnvironment(flags, getenvOf(map[string]string{
		"FIBD_MAX_CONNS": "7", "FIBD_MAX_LINE": "nonsense", "FIBD_IDLE_TIMEOUT": "1m30s", "FIBD_STATUS": "",
		"FIBD_LISTEN": "line://a:1,chunk://b:2", "FIBD_IO_CORES": "0-1", "FIBD_HELP": "true",
	})))
	require.Equal(t, 7, o.maxConns)
	require.Equal(t, 99, o.maxLine, "the command line wins")
	require.Equal(t, 90*time.Second, o.idleTimeout)
	require.Empty(t, o.status)
	require.Equal(t, []address{{"line", "a", "1"}, {"chunk", "b", "2"}}, o.listen)
	require.Equal(t, "0-1", o.ioCores)
	require.Equal(t, time.Minute, o.deadline, "a default stays")
}

func TestEnvironment_BadValueNamesTheVariable(t *testing.T) {
	for name, value := range map[string]string{
		"FIBD_ENGINE": "epoll", "FIBD_LISTEN": "nowhere", "FIBD_MAX_INFLIGHT": "0", "FIBD_HALF_CLOSE": "0", "FIBD_BUSY_POLL": "2s",
	} {
		err := applyEnvironment(flagsOf(defaultOptions()), getenvOf(map[string]string{name: value}))
		require.ErrorContains(t, err, `invalid value "`+value+`" for `+name+": want ")
	}
}
