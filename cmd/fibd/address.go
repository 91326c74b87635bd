package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/corering/corering/internal/fibserver"
)

// schemes are the protocols of addresses.
var schemes = map[string]fibserver.Mode{
	"chunk": fibserver.Chunk,
	"line":  fibserver.Line,
}

// An address is one at which to listen.
type address struct {
	scheme string // of schemes
	host   string // a name or an IP; empty means every address of this machine
	port   string // a number; 0 means a free one
}

// parseAddress reads chunk://HOST:PORT or line://HOST:PORT; an IPv6 host is in
// brackets.
func parseAddress(url string) (address, error) {
	const want = "want chunk://HOST:PORT or line://HOST:PORT"
	scheme, hostPort, found := strings.Cut(url, "://")
	if _, known := schemes[scheme]; !found || !known {
		return address{}, errors.New(want)
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		if addrErr, ok := errors.AsType[*net.AddrError](err); ok {
			return address{}, fmt.Errorf("%s: %s", want, addrErr.Err)
		}
		return address{}, fmt.Errorf("%s: %w", want, err)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return address{}, fmt.Errorf("%s: port %q is not a number from 0 to 65535", want, port)
	}
	return address{scheme: scheme, host: host, port: port}, nil
}

func (a address) String() string {
	return a.scheme + "://" + net.JoinHostPort(a.host, a.port)
}

// engineAddr returns the address as an engine takes it.
func (a address) engineAddr() string {
	return "tcp://" + net.JoinHostPort(a.host, a.port)
}

// bound returns the URL of the address with what it came to.
func (a address) bound(addr net.Addr) string {
	return a.scheme + "://" + addr.String()
}

// addressList is the value of a flag that may be repeated, or hold several
// addresses with commas between them. What is given replaces the default. It
// implements pflag.Value.
type addressList struct {
	addresses *[]address
	given     bool
}

func (l *addressList) Set(text string) error {
	var parsed []address
	for url := range strings.SplitSeq(text, ",") {
		a, err := parseAddress(strings.TrimSpace(url))
		if err != nil {
			return err
		}
		parsed = append(parsed, a)
	}
	if !l.given {
		*l.addresses = nil
	}
	l.given = true
	*l.addresses = append(*l.addresses, parsed...)
	return nil
}

func (l *addressList) String() string {
	urls := make([]string, len(*l.addresses))
	for i, a := range *l.addresses {
		urls[i] = a.String()
	}
	return strings.Join(urls, ",")
}

func (l *addressList) Type() string { return "URL" }
