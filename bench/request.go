package bench

import "errors"

// Request is one question and the answer that must come back, each with its
// line end.
type Request struct {
	Send   string `json:"send"`
	Expect string `json:"expect"`
}

// Line returns the request for the line send that the line expect answers;
// both are given without their line ends.
func Line(send, expect string) Request {
	return Request{Send: send + "\n", Expect: expect + "\n"}
}

// validate refuses what the generator could not tell from silence.
func (r Request) validate() error {
	if r.Send == "" || r.Expect == "" {
		return errors.New("a request needs both a text and an answer")
	}
	return nil
}
