package gnetsrv

import "github.com/panjf2000/gnet/v2/pkg/pool/goroutine"

// ReleaseWorkers ends gnet's pool of workers, which every program has that
// imports gnet's types: two goroutines of it wake up by the clock, twice a second
// and more, so that an idle server is never quite idle. gnet uses the pool only
// for EventLoop.Register and Enroll and for Engine.Register, which package uring
// and this one refuse. So a program may call this, once, if it uses gnet through
// them only; gnet itself could not do these things any more.
func ReleaseWorkers() { goroutine.DefaultWorkerPool.Release() }
