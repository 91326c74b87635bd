package admin

import (
	"context"
	"encoding/json"
	"io"
)

// A failure is what a client reads instead of a snapshot that could not be made.
type failure struct {
	Error string `json:"error"`
}

// writeSnapshot writes one snapshot in indented JSON with a newline at its end.
func writeSnapshot(ctx context.Context, w io.Writer, snapshot SnapshotFunc) error {
	value, err := snapshot(ctx)
	if err != nil {
		value = failure{Error: err.Error()}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
