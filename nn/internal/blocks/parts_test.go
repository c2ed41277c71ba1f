package blocks

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCut: every row of every block of every picture is in one part, and parts hold whole
// groups of blocks; parts that share what a grain says to keep follow each other.
func TestCut(t *testing.T) {
	r := rand.New(rand.NewPCG(73, 1))
	for range 300 {
		n, blocks, rows := 1+r.IntN(4), 1+r.IntN(9), 1+r.IntN(60)
		g := Grain{Blocks: r.IntN(4), Cost: float64(1 + r.IntN(1<<(1+r.IntN(22)))), Keep: r.IntN(2) == 0}
		group := g.Blocks
		if group == 0 {
			group = blocks
		}
		parts := Cut(n, blocks, rows, g)
		made := make([]int, n*blocks*rows)
		for _, p := range parts {
			if p.B0%group != 0 || p.B1%group != 0 && p.B1 != blocks {
				t.Fatalf("%+v of %d blocks: the part %+v divides a group", g, blocks, p)
			}
			for b := p.B0; b < p.B1; b++ {
				for h := p.H0; h < p.H1; h++ {
					made[(p.N*blocks+b)*rows+h]++
				}
			}
		}
		if slices.ContainsFunc(made, func(times int) bool { return times != 1 }) {
			t.Fatalf("%+v: %d pictures of %d blocks of %d rows are not cut once each", g, n, blocks, rows)
		}
		first := func(p Part) [2]int {
			if g.Keep {
				return [2]int{p.N, p.H0}
			}
			return [2]int{p.B0, p.N}
		}
		if !slices.IsSortedFunc(parts, func(a, b Part) int { x, y := first(a), first(b); return slices.Compare(x[:], y[:]) }) {
			t.Fatalf("%+v: parts out of order: %v", g, parts)
		}
	}
}
