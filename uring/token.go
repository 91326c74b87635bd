package uring

// A token is the user_data of an operation. It names what completes, never by a
// pointer:
//
//	63      56 55                     32 31                             0
//	+---------+-------------------------+--------------------------------+
//	|   op    |       generation        |             slot               |
//	+---------+-------------------------+--------------------------------+
//
// The slot is the place of a connection in its loop's table, or the index of a
// listener. The generation says which connection in that place: a completion
// that comes after its connection has gone matches no other one.
type token uint64

// An op is what kind of operation completes.
type op uint8

const (
	opWake     op = iota + 1 // poll of the mailbox's eventfd
	opAccept                 // multishot accept of a listener
	opReceive                // multishot receive of a connection
	opSend                   // send of a connection, of either kind
	opHangup                 // poll of a connection that is not received from
	opCancel                 // cancellation of all else of a connection
	opUnlisten               // cancellation of the accept of a listener
)

const (
	generationBits = 24
	generationMask = 1<<generationBits - 1
)

func makeToken(o op, slot, generation uint32) uint64 {
	return uint64(o)<<56 | uint64(generation&generationMask)<<32 | uint64(slot)
}

func (t token) op() op             { return op(t >> 56) }
func (t token) slot() uint32       { return uint32(t) }
func (t token) generation() uint32 { return uint32(t>>32) & generationMask }
