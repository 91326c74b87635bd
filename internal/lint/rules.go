package lint

// module is the path that the import paths of our own packages begin with.
const module = "github.com/corering/corering"

// layers are our packages from the top to the bottom. A package imports only
// from layers below its own, and each package stands in exactly one of them:
// who adds a package decides here where it belongs. Tests may look upwards, for
// the suite that both engines pass stands above them.
var layers = [][]string{
	{"cmd/fibd", "cmd/fibbench"},
	{"internal/admin", "internal/backend", "internal/fibserver", "bench"},
	{"internal/servertest", "bench/baseline"},
	{"gnetsrv", "cpuaffinity/procpool"},
	{"uring"},
	{"cpuaffinity", "internal/fib", "internal/ioring", "internal/listen", "internal/shmring", "bench/internal/rawsys"},
	{"internal/backend/backendtest", "internal/lint", "internal/testutil", "bench/benchtest"},
}

// A reserve keeps what matches one pattern to a few packages. Patterns are
// import paths, without the module's path where they are our own; a pattern
// that ends in "/..." stands for the path and everything below it.
type reserve struct {
	what string
	only []string // who may import it, tests included
	why  string
}

var reserves = []reserve{
	{"github.com/pawelgaczynski/giouring/...", []string{"internal/ioring"},
		"giouring is unmaintained and has to be replaceable in one place"},
	{"github.com/panjf2000/gnet/v2/...", []string{"uring", "gnetsrv", "internal/servertest"},
		"everybody else takes the contract's types from package uring"},
	{"bench/...", []string{"bench/...", "cmd/fibbench"},
		"the server knows nothing of those who measure it"},
	{"cmd/...", nil,
		"a program is not a library"},
	{"internal/lint", nil,
		"nothing runs on its rules"},
}

// A fence lets packages import only a few of ours. It says nothing about
// packages of others.
type fence struct {
	around []string
	allows []string // tests included
	why    string
}

var fences = []fence{
	{[]string{"internal/ioring", "internal/shmring", "cpuaffinity"}, []string{"internal/testutil"},
		"it stands at the kernel's edge, below everything else"},
	{[]string{"bench/...", "cmd/fibbench"}, []string{"bench/...", "cpuaffinity", "internal/testutil"},
		"it measures the server from outside"},
}

// gnetPath is the package whose functions in gnetEngine start, stop or build an
// engine or a client of gnet's. They belong to gnetHome; the types, constants
// and errors that the contract shares with gnet do not start anything.
const (
	gnetPath = "github.com/panjf2000/gnet/v2"
	gnetHome = "gnetsrv"
)

var gnetEngine = []string{"Client", "NewClient", "Rotate", "Run", "Stop"}
