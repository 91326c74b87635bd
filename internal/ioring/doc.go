// Package ioring is one raw io_uring: setup, submission, completion, provided
// buffers, and the answer to whether this kernel allows it at all. It is built
// on giouring, works round that package's defects, and is the only one that
// imports it.
//
// Sockets, connections and goroutines do not belong here.
//
// A Ring belongs to one thread: New may be called anywhere, but everything from
// Enable on must happen on the same locked OS thread.
package ioring
