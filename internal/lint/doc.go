// Package lint holds the rules about the source tree that the compiler does not
// know: which package may import which, who may start gnet's engine, and that
// no file names a path of the machine on which it was written. It has no code
// that a program uses; its tests are the rules. What gofmt, go vet and
// staticcheck find does not belong here.
package lint
