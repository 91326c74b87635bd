package backend

import (
	"errors"
	"fmt"

	"github.com/corering/corering/internal/ioring"
)

// The engines, as a Choice names them.
const (
	Uring = "uring"
	Gnet  = "gnet"
)

// Auto is the wish for uring where it works, and gnet where it is refused.
const Auto = "auto"

// Choice is an engine and why it was picked. It goes into the banner, the status
// and the log, so that nobody compares epoll with epoll.
type Choice struct {
	Engine string // Uring or Gnet
	Reason string // for people: what io_uring's trial gave, or that the engine was asked for
	Remedy string // what would bring io_uring back; empty if nothing refused it
}

// Pick finds the engine for a wish: Auto, Uring or Gnet. Unless the wish is Gnet
// it sets up a small ring and receives through it.
//
// Only where io_uring is refused does Auto mean gnet. An error that says nothing
// about io_uring, such as too few descriptors, is an error for Auto too. Uring
// is strict: refusal is an error, which wraps ioring.ErrNotSupported and names
// reason and remedy.
func Pick(wish string) (Choice, error) {
	return pick(wish, ioring.Probe, thisHost)
}

func pick(wish string, probe func() error, h host) (Choice, error) {
	switch wish {
	case Gnet:
		return Choice{Engine: Gnet, Reason: "asked for"}, nil
	case Auto, Uring:
	default:
		return Choice{}, fmt.Errorf("pick engine %q: want %s, %s or %s", wish, Auto, Uring, Gnet)
	}
	err := probe()
	switch {
	case err == nil:
		return Choice{Engine: Uring, Reason: "io_uring works, kernel " + h.kernel().String()}, nil
	case !errors.Is(err, ioring.ErrNotSupported):
		return Choice{}, fmt.Errorf("try io_uring: %w", err)
	}
	reason, remedy := explain(err, h)
	if wish == Uring {
		return Choice{}, &refusal{reason: reason, remedy: remedy, err: err}
	}
	return Choice{Engine: Gnet, Reason: reason, Remedy: remedy}, nil
}

// A refusal is the error of a strict wish. Its text is for the operator, its
// cause for errors.Is.
type refusal struct {
	reason, remedy string
	err            error
}

func (r *refusal) Error() string {
	return r.reason + "; remedy: " + r.remedy
}

func (r *refusal) Unwrap() error {
	return r.err
}
