package bench

import (
	"errors"
	"strings"
)

// SplitWords splits a command line into words as a shell does, with single and
// double quotes and backslashes, but without variables, patterns or pipes.
func SplitWords(line string) ([]string, error) {
	s := splitter{}
	for _, r := range line {
		s.take(r)
	}
	if s.quote != 0 || s.escaped {
		return nil, errors.New("split command: a quote is not closed")
	}
	s.finish()
	return s.words, nil
}

// splitter is the state of SplitWords between two characters.
type splitter struct {
	words   []string
	word    strings.Builder
	inWord  bool // true also for a word that is empty because of its quotes
	quote   rune // the quote that is open, or 0
	escaped bool // the last character was a backslash that counts
}

// take handles the next character.
func (s *splitter) take(r rune) {
	switch {
	case s.escaped:
		s.escaped = false
		s.word.WriteRune(r)
	case s.quote != 0 && r == s.quote:
		s.quote = 0
	case r == '\\' && s.quote != '\'':
		s.escaped, s.inWord = true, true
	case s.quote != 0:
		s.word.WriteRune(r)
	case r == '\'' || r == '"':
		s.quote, s.inWord = r, true
	case r == ' ' || r == '\t' || r == '\n':
		s.finish()
	default:
		s.inWord = true
		s.word.WriteRune(r)
	}
}

// finish ends the word under way, if any.
func (s *splitter) finish() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}
