// Package backend picks the engine that serves, io_uring or gnet's epoll, and
// says why in words that help the operator: what was refused, what refused it
// most likely, and how to change that. It starts the engine that was picked.
//
// How an engine works does not belong here, nor what it serves.
package backend
