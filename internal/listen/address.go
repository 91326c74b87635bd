package listen

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// address is a resolved listening address. It is immutable.
type address struct {
	network string // "tcp", "tcp4" or "tcp6"
	tcp     net.TCPAddr
	family  int  // unix.AF_INET or unix.AF_INET6
	v6only  bool // of an AF_INET6 socket: no IPv4 clients
	zoneID  uint32
}

// resolve reads "tcp://", "tcp4://" or "tcp6://" host:port; without a scheme it
// is "tcp". The families are gnet's: a host that is an address says which, and
// no host at all means IPv6 that takes IPv4 clients too.
func resolve(protoAddr string) (address, error) {
	network, hostPort, found := strings.Cut(protoAddr, "://")
	if !found {
		network, hostPort = "tcp", protoAddr
	}
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return address{}, fmt.Errorf("unsupported scheme %q", network)
	}
	if hostPort == "" { // net takes it for port 0 of every address
		return address{}, errors.New("missing address")
	}
	tcp, err := net.ResolveTCPAddr(network, hostPort)
	if err != nil {
		return address{}, err
	}
	a := address{network: network, tcp: *tcp, family: unix.AF_INET6, v6only: true}
	switch {
	case tcp.IP.To4() != nil, tcp.IP == nil && network == "tcp4":
		a.family, a.v6only = unix.AF_INET, false
	case tcp.IP == nil && network == "tcp":
		a.v6only = false
	}
	a.zoneID, err = zoneID(tcp.Zone)
	return a, err
}

// zoneID returns the interface index that an IPv6 zone stands for, 0 for none.
func zoneID(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if ifi, err := net.InterfaceByName(zone); err == nil {
		return uint32(ifi.Index), nil
	}
	id, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("unknown zone %q", zone)
	}
	return uint32(id), nil
}

// sockaddr returns the address as bind(2) takes it.
func (a *address) sockaddr() unix.Sockaddr {
	if a.family == unix.AF_INET {
		sa := &unix.SockaddrInet4{Port: a.tcp.Port}
		copy(sa.Addr[:], a.tcp.IP.To4())
		return sa
	}
	sa := &unix.SockaddrInet6{Port: a.tcp.Port, ZoneId: a.zoneID}
	copy(sa.Addr[:], a.tcp.IP.To16())
	return sa
}

// concrete returns the address as clients see it: with the IP of the wildcard
// where no host was given.
func (a *address) concrete() *net.TCPAddr {
	tcp := a.tcp
	switch {
	case tcp.IP != nil:
	case a.family == unix.AF_INET:
		tcp.IP = net.IPv4zero
	default:
		tcp.IP = net.IPv6zero
	}
	return &tcp
}
