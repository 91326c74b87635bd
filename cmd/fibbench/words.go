package main

import "fmt"

// flagWords returns command-line words for pairs of a flag's name and value.
func flagWords(pairs ...any) []string {
	var words []string
	for i := 0; i < len(pairs); i += 2 {
		words = append(words, fmt.Sprintf("--%v", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return words
}
