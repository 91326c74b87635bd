// Package fibserver makes an engine a Fibonacci server: what clients may ask,
// what may run, where it runs, and in which order answers leave.
//
// It knows engines only by the contract of package uring. The functions and
// their costs are in internal/fib; listeners, flags and signals are the
// program's.
package fibserver
