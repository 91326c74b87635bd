package uring

// LoopStats is a snapshot of one loop's counters. They count from the start of
// the engine and are owned by the loop, which copies them when asked. Engines
// other than uring leave what they cannot know at zero.
type LoopStats struct {
	Loop int `json:"loop"` // index of the loop
	CPU  int `json:"cpu"`  // CPU that the loop's thread is pinned to, -1 if none

	Connections uint64 `json:"connections"` // open now
	Accepted    uint64 `json:"accepted"`
	Traffic     uint64 `json:"traffic"`   // OnTraffic calls
	BytesIn     uint64 `json:"bytes_in"`  // received
	BytesOut    uint64 `json:"bytes_out"` // handed to the kernel
	Copied      uint64 `json:"copied"`    // received bytes copied because the handler left them unread

	Turns    uint64 `json:"turns"`     // rounds of the loop
	Enters   uint64 `json:"enters"`    // io_uring_enter calls, waiting or not
	Waits    uint64 `json:"waits"`     // of these, calls that were allowed to sleep
	Accepts  uint64 `json:"accepts"`   // accept SQEs: armed and armed again
	Receives uint64 `json:"receives"`  // receive SQEs: armed and armed again
	Sends    uint64 `json:"sends"`     // send SQEs
	SendRest uint64 `json:"send_rest"` // sends that did not complete at submission
	Wakeups  uint64 `json:"wakeups"`   // eventfd wake-ups from other goroutines

	NoBuffers   uint64 `json:"no_buffers"`   // receives ended by ENOBUFS
	AcceptFails uint64 `json:"accept_fails"` // accepts ended by EMFILE and the like
	Paused      uint64 `json:"paused"`       // times that reading was paused for a slow peer or handler
	CQOverflows uint64 `json:"cq_overflows"` // turns that found the completion queue overflowed
	StaleCQEs   uint64 `json:"stale_cqes"`   // completions of an older generation of their slot: stays zero
}
