package listen

import (
	"errors"
	"math"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Reservation is a claim to an address: a bound socket that does not listen.
// While it is open nobody else can reserve the address, and while a socket from
// Listen is open neither. It is immutable until Close; Listen may be called
// from several goroutines.
type Reservation struct {
	given string  // what Reserve was asked for
	addr  address // with the real port
	fd    int     // -1 after Close
}

// Error is what Reserve and Listen return: which address could not be had, and
// why.
type Error struct {
	Addr string // as given to Reserve
	Err  error
}

func (e *Error) Error() string { return "listen " + e.Addr + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Reserve binds protoAddr, "tcp://", "tcp4://" or "tcp6://" host:port, the
// scheme being optional. Port 0 takes a free port. A host that is missing means
// every address of the family, and for "tcp" those of both families.
//
// The address must be free: a listener of the same user is an error too, even
// if it has SO_REUSEPORT; the error wraps EADDRINUSE. Connections that a former
// server has left behind do not count.
func Reserve(protoAddr string) (*Reservation, error) {
	r, err := reserve(protoAddr)
	if err != nil {
		return nil, &Error{Addr: protoAddr, Err: err}
	}
	return r, nil
}

func reserve(protoAddr string) (*Reservation, error) {
	addr, err := resolve(protoAddr)
	if err != nil {
		return nil, err
	}
	fd, err := addr.socket()
	if err != nil {
		return nil, err
	}
	port, err := claim(fd, addr.sockaddr())
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	addr.tcp.Port = port
	return &Reservation{given: protoAddr, addr: addr, fd: fd}, nil
}

// claim binds fd so that it conflicts with every other socket, then opens the
// address to sockets with SO_REUSEPORT of the same user, and returns the port.
//
// The first attempt goes without SO_REUSEADDR, because sockets that have it and
// do not listen yet can all be bound to one address: two servers starting at
// once would share it. What a former server left in TIME_WAIT needs the second
// attempt. The option is taken back so that later claims conflict with us.
func claim(fd int, sa unix.Sockaddr) (port int, err error) {
	err = unix.Bind(fd, sa)
	if errors.Is(err, unix.EADDRINUSE) {
		if err := setOption(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return 0, err
		}
		err = unix.Bind(fd, sa)
	}
	if err != nil {
		return 0, err // without the call's name: the caller says what it tried
	}
	if err := setOption(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0); err != nil {
		return 0, err
	}
	if err := setOption(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return 0, err
	}
	return boundPort(fd)
}

// Addr returns the bound address with its real port; a missing host reads
// 0.0.0.0 or [::].
func (r *Reservation) Addr() *net.TCPAddr { return r.addr.concrete() }

// Network returns "tcp", "tcp4" or "tcp6", as given to Reserve.
func (r *Reservation) Network() string { return r.addr.network }

// ProtoAddr returns the address in gnet's notation, with the real port and such
// that gnet resolves it to the same family: "tcp://127.0.0.1:41234",
// "tcp6://[fe80::1%eth0]:41234", "tcp://:41234".
func (r *Reservation) ProtoAddr() string {
	return r.addr.network + "://" + r.addr.tcp.String()
}

// Listen opens a listening socket on the address. Sockets from several calls
// share the incoming connections. Each is close-on-exec and blocking, since
// io_uring answers EAGAIN for a descriptor that is not; its connections inherit
// TCP_NODELAY. backlog is the length of the accept queue; 0 means
// net.core.somaxconn, to which the kernel cuts any value down. The caller
// closes fd.
func (r *Reservation) Listen(backlog int) (fd int, err error) {
	fd, err = r.addr.socket()
	if err == nil {
		if err = listen(fd, r.addr.sockaddr(), backlog); err != nil {
			_ = unix.Close(fd)
		}
	}
	if err != nil {
		return -1, &Error{Addr: r.given, Err: err}
	}
	return fd, nil
}

func listen(fd int, sa unix.Sockaddr, backlog int) error {
	for _, option := range [...]struct{ level, name int }{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR},
		{unix.SOL_SOCKET, unix.SO_REUSEPORT},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY},
	} {
		if err := setOption(fd, option.level, option.name, 1); err != nil {
			return err
		}
	}
	if err := unix.Bind(fd, sa); err != nil {
		return err
	}
	if backlog <= 0 {
		backlog = math.MaxInt32
	}
	return unix.Listen(fd, backlog)
}

// Close gives the claim up. Sockets from Listen are not affected. A second call
// does nothing.
func (r *Reservation) Close() error {
	if r.fd < 0 {
		return nil
	}
	fd := r.fd
	r.fd = -1
	return os.NewSyscallError("close", unix.Close(fd))
}
