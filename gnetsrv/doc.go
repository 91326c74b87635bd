// Package gnetsrv runs a handler of package uring on gnet, that is on epoll, for
// kernels and containers that refuse io_uring, and as the measure that package
// uring is compared with. The way from gnet to the handler's OnTraffic is one
// type assertion and two counters long.
//
// What the contract asks beyond gnet is added here where gnet lets it be added:
//
//	contract                    gnet by itself              gnetsrv
//	------------------------    ------------------------    ------------------------------------
//	port in use is an error     shared in silence           yes
//	port 0 with several loops   a port for each loop        one port
//	OnReadClosed                closes at the peer's FIN    yes; such a connection costs two
//	                                                        goroutines at most and one descriptor
//	answer, then close          unsent output is lost,      yes, within Config.Linger, for 1024
//	                            unread input resets         connections at a time
//	AsyncWrite's callback       lost when the engine stops  always runs
//	OnShutdown                  before the loops end        when everything is closed
//	Stop                        polls twice a second        returns at the end
//	clients not yet accepted    reset by Stop               orderly end of file, without a callback
//	pinned loops                no                          from a loop's first connection on
//	counters                    connections only            LoopStats; what is io_uring's stays zero
//	slow handler                unbounded memory            closed with ErrInboundFull; gnet cannot
//	                                                        stop reading
//	slow peer                   unbounded memory            unbounded: the handler has to look at
//	                                                        OutboundBuffered
//	no descriptors left         the engine ends             the last 32 are kept: connections are
//	                                                        refused before
//	read-ahead (ReadMore)       no                          yes, with a system call
//	Register, Enroll            yes                         ErrUnsupportedOp
//	Schedule, SetDeadline       ErrUnsupportedOp            ErrUnsupportedOp
//
// gnet keeps each address that it ever served, with its engine, in a global
// table; a process that starts very many engines on new ports grows by that.
//
// What the service does with the bytes does not belong here, nor does the choice
// between engines.
package gnetsrv
