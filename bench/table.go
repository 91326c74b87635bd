package bench

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// printer writes text and remembers the first error, so that a report need not
// look for it after every line.
type printer struct {
	w   io.Writer
	err error
}

// linef writes one line.
func (p *printer) linef(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// column is a column of a text table.
type column struct {
	title string
	width int  // in characters; a longer cell pushes the rest of its row
	left  bool // aligned to the left, for words
}

// row writes cells below their columns, without blanks at the end.
func (p *printer) row(columns []column, cells ...string) {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		blanks := strings.Repeat(" ", max(0, columns[i].width-utf8.RuneCountInString(cell)))
		if columns[i].left {
			b.WriteString(cell + blanks)
		} else {
			b.WriteString(blanks + cell)
		}
	}
	p.linef("%s", strings.TrimRight(b.String(), " "))
}

// titles writes the head of a table.
func (p *printer) titles(columns []column) {
	titles := make([]string, len(columns))
	for i := range columns {
		titles[i] = columns[i].title
	}
	p.row(columns, titles...)
}
