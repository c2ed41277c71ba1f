package main

import (
	"slices"
	"strings"
	"testing"
)

// TestShapes: a cell of a table has eight shapes at most, and says how many more there are.
func TestShapes(t *testing.T) {
	for n, want := range map[int]string{
		1:       "3x2",
		8:       strings.Repeat("3x2 + ", 7) + "3x2",
		100_000: strings.Repeat("3x2 + ", 8) + "99992 more",
	} {
		if got := shapes(slices.Repeat([][]int{{3, 2}}, n)); got != want {
			t.Errorf("%d shapes: %.200q, want %q", n, got, want)
		}
	}
}
