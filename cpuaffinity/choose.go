package cpuaffinity

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Choose picks CPUs out of those that are allowed, in ascending order. The wish
// is one of
//
//	auto   half of them, rounded down, but at least one
//	COUNT  so many of them, the lowest first: "2"
//	LIST   these, in the kernel's list format: "0-3,8"
//
// A bare number is a count; the list of one CPU is written as a range, "3-3".
// The error says what was wished and what is allowed.
func Choose(wish string, allowed Set) ([]int, error) {
	cpus, err := choose(wish, allowed)
	if err != nil {
		return nil, fmt.Errorf("choose CPUs by %q: %w", wish, err)
	}
	return cpus, nil
}

func choose(wish string, allowed Set) ([]int, error) {
	have := allowed.CPUs()
	switch {
	case len(have) == 0:
		return nil, errors.New("no CPU is allowed")
	case wish == "auto":
		return have[:max(1, len(have)/2)], nil
	case strings.ContainsAny(wish, "-,"):
		return chooseList(wish, allowed)
	}
	count, err := strconv.Atoi(wish)
	switch {
	case err != nil:
		return nil, errors.New(`want "auto", a count such as 2, or a list such as 0-3,8`)
	case count < 1:
		return nil, errors.New("want one CPU at least")
	case count > len(have):
		return nil, fmt.Errorf("only %d allowed: %v", len(have), allowed)
	}
	return have[:count], nil
}

func chooseList(list string, allowed Set) ([]int, error) {
	wished, err := ParseSet(list)
	if err != nil {
		return nil, err
	}
	var missing Set
	for _, cpu := range wished.CPUs() {
		if !allowed.Contains(cpu) {
			missing.add(cpu)
		}
	}
	if missing.Len() > 0 {
		return nil, fmt.Errorf("CPU %v is not among those allowed: %v", missing, allowed)
	}
	return wished.CPUs(), nil
}
