package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// statusBytesMax bounds what is read from a status socket.
const statusBytesMax = 16 << 20

// Status is the part of a server's status that the bench uses. Fields that it
// does not know are ignored and those that are missing stay zero, so that other
// servers can speak it too.
type Status struct {
	Engine       string          `json:"engine"`
	EngineReason string          `json:"engine_reason"`
	PID          int             `json:"pid"`
	Addresses    []StatusAddress `json:"addresses"`
	Loops        []Counters      `json:"loops"`
}

// StatusAddress is one address at which the server listens.
type StatusAddress struct {
	URL string `json:"url"`
}

// Counters are what an event loop has counted since its start. Engines that do
// not use io_uring leave most of them at zero.
type Counters struct {
	Accepted uint64 `json:"accepted"`
	Traffic  uint64 `json:"traffic"`
	Copied   uint64 `json:"copied"`
	Enters   uint64 `json:"enters"`   // io_uring_enter calls
	Receives uint64 `json:"receives"` // receive SQEs
	Sends    uint64 `json:"sends"`    // send SQEs
}

// ReadStatus asks the status socket at path once, until ctx ends.
func ReadStatus(ctx context.Context, path string) (Status, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	defer conn.Close()
	// A past deadline ends a read that is under way when ctx ends.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var status Status
	if err := json.NewDecoder(io.LimitReader(conn, statusBytesMax)).Decode(&status); err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	return status, nil
}

// LineAddress returns the first address of the line protocol, or else the first
// of all, or "".
func (s Status) LineAddress() string {
	for _, address := range s.Addresses {
		if strings.HasPrefix(address.URL, "line://") {
			return address.URL
		}
	}
	if len(s.Addresses) > 0 {
		return s.Addresses[0].URL
	}
	return ""
}

// Total adds up the counters of all loops.
func (s Status) Total() (total Counters) {
	for _, loop := range s.Loops {
		total.Accepted += loop.Accepted
		total.Traffic += loop.Traffic
		total.Copied += loop.Copied
		total.Enters += loop.Enters
		total.Receives += loop.Receives
		total.Sends += loop.Sends
	}
	return total
}

// Since returns what was counted after an earlier reading.
func (c Counters) Since(before Counters) Counters {
	return Counters{
		Accepted: c.Accepted - before.Accepted,
		Traffic:  c.Traffic - before.Traffic,
		Copied:   c.Copied - before.Copied,
		Enters:   c.Enters - before.Enters,
		Receives: c.Receives - before.Receives,
		Sends:    c.Sends - before.Sends,
	}
}
