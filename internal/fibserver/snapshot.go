package fibserver

import (
	"sync/atomic"

	"github.com/corering/corering/internal/fib"
)

// Snapshot is what the server has done since its start and what it is doing.
type Snapshot struct {
	Connections int64  `json:"connections"` // open now
	Accepted    uint64 `json:"accepted"`    // connections taken, those refused not included
	Refused     uint64 `json:"refused"`     // connections refused by a full or stopping server

	Requests  uint64            `json:"requests"`  // requests seen: the sum of the next three
	Inline    uint64            `json:"inline"`    // computed on a loop
	Offloaded uint64            `json:"offloaded"` // handed to the executor
	Failed    uint64            `json:"failed"`    // answered with an error instead
	Failures  map[string]uint64 `json:"failures"`  // error lines sent, by kind

	Inflight  int64  `json:"inflight"`  // offloaded and not answered yet
	Cancelled uint64 `json:"cancelled"` // offloaded and never answered with a number

	Costs fib.Costs `json:"costs"` // coefficients of the cost model
}

// counters are what one shard counts. Only its loop writes; anybody may read.
type counters struct {
	accepted  atomic.Uint64
	refused   atomic.Uint64
	inline    atomic.Uint64
	offloaded atomic.Uint64
	cancelled atomic.Uint64
	failures  [failureKinds]atomic.Uint64
}

// addTo adds the counters to a snapshot.
func (c *counters) addTo(s *Snapshot) {
	s.Accepted += c.accepted.Load()
	s.Refused += c.refused.Load()
	s.Inline += c.inline.Load()
	s.Offloaded += c.offloaded.Load()
	s.Cancelled += c.cancelled.Load()
	for kind := range c.failures {
		count := c.failures[kind].Load()
		if count == 0 {
			continue
		}
		s.Failures[failureNames[kind]] += count
		if failureKind(kind).ofRequest() {
			s.Failed += count
		}
	}
}

// ofRequest tells whether a failure stands for a request that was not computed
// at all.
func (k failureKind) ofRequest() bool {
	return k != cancelled && k != serverFull && k != stopping
}
