package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A setting is the value of a flag. It knows the range of the value, so that
// the complaint is the same whether it comes from the command line or from the
// environment. It implements pflag.Value.
type setting[T any] struct {
	value *T
	kind  string   // shown in the help
	words []string // all values there are, if they are few
	parse func(text string) (T, error)
	show  func(T) string
}

func (s *setting[T]) Set(text string) error {
	value, err := s.parse(text)
	if err == nil {
		*s.value = value
	}
	return err
}

func (s *setting[T]) String() string { return s.show(*s.value) }
func (s *setting[T]) Type() string   { return s.kind }

// text is anything, to be understood later.
func text(value *string, kind string) *setting[string] {
	return &setting[string]{
		value: value,
		kind:  kind,
		show:  func(s string) string { return s },
		parse: func(text string) (string, error) { return text, nil },
	}
}

// oneOf is one of a few words.
func oneOf(value *string, kind string, words ...string) *setting[string] {
	return &setting[string]{
		value: value,
		kind:  kind,
		words: words,
		show:  func(s string) string { return s },
		parse: func(text string) (string, error) {
			if !slices.Contains(words, text) {
				return "", fmt.Errorf("want one of %s", strings.Join(words, ", "))
			}
			return text, nil
		},
	}
}

// span is a duration between two others.
func span(value *time.Duration, low, high time.Duration) *setting[time.Duration] {
	return &setting[time.Duration]{
		value: value,
		kind:  "DURATION",
		show:  showSpan,
		parse: func(text string) (time.Duration, error) {
			d, err := time.ParseDuration(text)
			if err != nil {
				return 0, errors.New("want a duration such as 50us, 10s or 1m30s")
			}
			if d < low || d > high {
				return 0, fmt.Errorf("want a duration from %v to %v", low, high)
			}
			return d, nil
		},
	}
}

// autoSpan is a duration up to another one, or auto. The value is that of a
// config whose zero means auto, and negative means none.
func autoSpan(value *time.Duration, high time.Duration) *setting[time.Duration] {
	const auto, none = 0, -1
	plain := span(value, 0, high)
	return &setting[time.Duration]{
		value: value,
		kind:  "auto|DURATION",
		show: func(d time.Duration) string {
			if d == auto {
				return "auto"
			}
			return showSpan(max(d, 0))
		},
		parse: func(text string) (time.Duration, error) {
			if text == "auto" {
				return auto, nil
			}
			d, err := plain.parse(text)
			if err == nil && d == 0 {
				d = none
			}
			return d, err
		},
	}
}

// showSpan writes zero without a unit, which the help takes for no default.
func showSpan(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	return d.String()
}

// count is a number between two others, of what kind says.
func count(value *int, kind string, low, high int) *setting[int] {
	return &setting[int]{
		value: value,
		kind:  kind,
		show:  strconv.Itoa,
		parse: func(text string) (int, error) {
			n, err := strconv.Atoi(text)
			if err != nil || n < low || n > high {
				return 0, fmt.Errorf("want a number from %d to %d", low, high)
			}
			return n, nil
		},
	}
}
