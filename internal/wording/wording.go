// Package wording writes what errors show of a file: its texts, shapes and lists of names.
package wording

import (
	"fmt"
	"strings"
)

// Shape writes a shape, such as (64,3,7,7).
func Shape(shape []int) string {
	return "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]") + ")"
}

// Some joins items, at most the given number of them, and says how many more there are.
func Some(items []string, most int) string {
	if n := len(items); n > most {
		items = append(items[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(items, ", ")
}

// Quoted is Some for names, each in quotes.
func Quoted(names []string, most int) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return Some(quoted, most)
}
