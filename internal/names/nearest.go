package names

import "strings"

// Nearest returns the candidate that takes the fewest edits from word, ignoring case, or "" if
// all are far from it.
func Nearest(word string, candidates []string) string {
	best, near := len(word)/2+1, ""
	for _, c := range candidates {
		if d := Edits(strings.ToLower(word), strings.ToLower(c)); d < best {
			best, near = d, c
		}
	}
	return near
}

// Edits returns the Levenshtein distance of a and b, with a swap of two neighbours
// counting once.
func Edits(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(prev[j]+cost, prev[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(t)]
}
