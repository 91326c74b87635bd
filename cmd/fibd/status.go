package main

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/corering/corering/internal/fibserver"
	"github.com/corering/corering/uring"
)

// snapshot is what the status socket tells.
type snapshot struct {
	Version      string    `json:"version"`
	Engine       string    `json:"engine"`        // "uring" or "gnet"
	EngineReason string    `json:"engine_reason"` // why this one
	PID          int       `json:"pid"`
	Started      time.Time `json:"started"`
	Uptime       string    `json:"uptime"` // as time.Duration writes it

	Addresses  []statusAddress `json:"addresses"`
	IOCPUs     []int           `json:"io_cpus"` // CPU of each loop
	GOMAXPROCS int             `json:"gomaxprocs"`
	MaxConns   int             `json:"max_conns"`

	Loops  []uring.LoopStats  `json:"loops"`
	Server fibserver.Snapshot `json:"server"`
}

// statusAddress is one address at which the server listens.
type statusAddress struct {
	URL string `json:"url"`
}

// status asks the loops and the server. It is safe for concurrent use.
func (s *service) status(ctx context.Context) (any, error) {
	loops, err := s.introspector.LoopStats(ctx)
	if err != nil {
		return nil, err
	}
	answer := snapshot{
		Version:      version,
		Engine:       s.plan.choice.Engine,
		EngineReason: s.plan.choice.Reason,
		PID:          os.Getpid(),
		Started:      s.started,
		Uptime:       time.Since(s.started).Truncate(time.Millisecond).String(),
		IOCPUs:       s.plan.ioCPUs,
		GOMAXPROCS:   runtime.GOMAXPROCS(0),
		MaxConns:     s.plan.maxConns,
		Loops:        loops,
		Server:       s.server.Snapshot(),
	}
	for _, url := range s.urls {
		answer.Addresses = append(answer.Addresses, statusAddress{URL: url})
	}
	return answer, nil
}
