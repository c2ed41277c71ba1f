package exec

import (
	"math/rand/v2"
	"testing"
)

// TestPlace: blocks that are live at the same time do not overlap, also when there are more of them
// than look for the lowest offset.
func TestPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	blocks := make([]block, mostSearched+1500)
	for i := range blocks {
		first := r.IntN(3000)
		blocks[i] = block{size: 1 + 7*r.IntN(40), first: first, last: first + r.IntN(20)*r.IntN(20)}
	}
	arena := place(blocks)
	for i, a := range blocks {
		if a.offset%line != 0 || a.offset+a.size > arena {
			t.Fatalf("%+v in an arena of %d", a, arena)
		}
		for _, b := range blocks[:i] {
			if a.first <= b.last && b.first <= a.last && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
				t.Fatalf("%+v and %+v overlap", a, b)
			}
		}
	}
}

// TestPlaceLongChain: a quarter of a million layers one after another, each of which reads the last,
// take the memory of four, and no time. Where all live to the end it is as many blocks.
func TestPlaceLongChain(t *testing.T) {
	const n = 1 << 18
	chain, kept := make([]block, n), make([]block, n)
	for i := range chain {
		chain[i] = block{size: 5, first: i, last: i + 1}
		kept[i] = block{size: 5, first: i, last: n}
	}
	if got := place(chain); got > 4*line {
		t.Errorf("an arena of %d floats", got)
	}
	if got := place(kept); got > n*line || got < (n-1)*line {
		t.Errorf("an arena of %d floats for %d blocks", got, n)
	}
}
