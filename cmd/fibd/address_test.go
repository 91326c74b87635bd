package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAddress_URLs(t *testing.T) {
	for url, want := range map[string]address{
		"chunk://127.0.0.1:25000":   {"chunk", "127.0.0.1", "25000"},
		"line://localhost:0":        {"line", "localhost", "0"},
		"line://:12345":             {"line", "", "12345"},
		"chunk://[::1]:25000":       {"chunk", "::1", "25000"},
		"line://[fe80::1%eth0]:400": {"line", "fe80::1%eth0", "400"},
	} {
		a, err := parseAddress(url)
		require.NoError(t, err, url)
		require.Equal(t, want, a, url)
		require.Equal(t, url, a.String())
	}
}

func TestParseAddress_Errors(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:25000", "tcp://127.0.0.1:25000", "chunk:127.0.0.1:25000",
		"chunk://127.0.0.1", "chunk://::1:25000", "chunk://[::1]", "line://h:65536", "line://h:http", "line://h:-1", "line://h:"} {
		_, err := parseAddress(url)
		require.ErrorContains(t, err, "want chunk://HOST:PORT or line://HOST:PORT", url)
	}
}

func TestAddress_AsEnginesSeeIt(t *testing.T) {
	a := address{"line", "::1", "0"}
	require.Equal(t, "tcp://[::1]:0", a.engineAddr())
	require.Equal(t, "line://[::1]:4711", a.bound(&net.TCPAddr{IP: net.IPv6loopback, Port: 4711}))
}

func TestAddressList_ReplacesDefaultThenAdds(t *testing.T) {
	addresses := []address{{"chunk", "default", "1"}}
	list := &addressList{addresses: &addresses}
	require.Equal(t, "chunk://default:1", list.String())
	require.Error(t, list.Set("line://a:2,nonsense"))
	require.Equal(t, "chunk://default:1", list.String())
	require.NoError(t, list.Set("line://a:2, chunk://b:3"))
	require.NoError(t, list.Set("line://c:4"))
	require.Equal(t, "line://a:2,chunk://b:3,line://c:4", list.String())
}

// What parses is shown as a URL that parses to the same.
func FuzzParseAddress(f *testing.F) {
	for _, url := range []string{"chunk://127.0.0.1:25000", "line://[::1]:0", "line://:1", "line://h:65536", "://", "line://[:0"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		a, err := parseAddress(url)
		if err != nil {
			return
		}
		again, err := parseAddress(a.String())
		require.NoError(t, err)
		require.Equal(t, a, again)
	})
}
