// Package uring is an event-driven TCP server engine on io_uring whose handler
// contract is gnet's: the same callbacks, the same Conn, another way to the
// kernel.
//
// Every loop is one goroutine locked to one thread with one ring; it owns the
// connections that it accepted, and nothing of it is shared. Callbacks run on
// the loop that owns the connection and must not block.
//
// What the service does with the bytes does not belong here, nor does the
// choice between engines. The raw ring is in internal/ioring; the same contract
// on epoll is package gnetsrv.
package uring
