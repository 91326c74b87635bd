package bench

import (
	"strings"
	"sync"
)

// tailBytes is how much of a server's output is kept.
const tailBytes = 4 << 10

// tail is an io.Writer that keeps the end of what is written to it. Safe for
// concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte // guarded by mu
}

// Write implements io.Writer and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// quoted returns what was kept, indented below the message to which it is
// appended, or "" if the server has said nothing.
func (t *tail) quoted() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.kept))
	if text == "" {
		return ""
	}
	return "; its last output:\n    " + strings.ReplaceAll(text, "\n", "\n    ")
}
