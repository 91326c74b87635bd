// Package admin answers questions about a running server on a Unix socket: who
// connects gets one snapshot in JSON and the end of the stream, so that any
// tool that reads sockets can ask.
//
// What a snapshot says does not belong here, nor do commands: the socket only
// tells.
package admin
