// Package fib holds the functions that the server computes, and what they cost.
//
// Fibonacci numbers are the demo's: fib(n) is 1 for every n up to 2, negative
// ones included, and fib(n-1)+fib(n-2) above. Every function gives the same
// answer for the same n and takes its own time about it; the cost model says
// beforehand how long.
//
// Who computes where and when does not belong here, nor does what clients see.
package fib
