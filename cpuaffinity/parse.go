package cpuaffinity

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParseSet reads the kernel's list format: numbers and ranges of numbers with
// commas between them, such as "0-3,8", in any order and with repetitions. The
// empty string is the empty set; white space around the whole is ignored, for
// the kernel's files end with a newline. The format's strides ("0-31:2/4"),
// which the kernel reads but never writes, are refused.
func ParseSet(list string) (Set, error) {
	var s Set
	list = strings.TrimSpace(list)
	if list == "" {
		return s, nil
	}
	for item := range strings.SplitSeq(list, ",") {
		first, last, err := parseRange(item)
		if err != nil {
			return Set{}, fmt.Errorf("parse CPU list %q: %w", list, err)
		}
		for cpu := first; cpu <= last; cpu++ {
			s.add(cpu)
		}
	}
	return s, nil
}

// parseRange reads "3" or "3-5"; a single number is both ends.
func parseRange(item string) (first, last int, err error) {
	low, high, isRange := strings.Cut(item, "-")
	if first, err = parseCPU(low); err != nil {
		return 0, 0, err
	}
	if !isRange {
		return first, first, nil
	}
	if last, err = parseCPU(high); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("range %q runs backwards", item)
	}
	return first, last, nil
}

// parseCPU reads one CPU number. It takes digits only: strconv alone would
// accept a sign too.
func parseCPU(text string) (int, error) {
	if text == "" {
		return 0, errors.New("a CPU number is missing")
	}
	if strings.Trim(text, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a CPU number", text)
	}
	cpu, err := strconv.Atoi(text)
	if err != nil || cpu > MaxCPU {
		return 0, fmt.Errorf("CPU %s is larger than %d", text, MaxCPU)
	}
	return cpu, nil
}
