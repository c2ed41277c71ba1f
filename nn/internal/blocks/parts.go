package blocks

import (
	"cmp"
	"slices"

	"hoodwink/internal/kernel"
)

// A Part is some rows of some blocks of one picture: the output of one task.
type Part struct {
	N      int // the picture
	B0, B1 int // blocks
	H0, H1 int // rows
}

// A Grain says how to cut pictures into parts.
type Grain struct {
	Blocks int     // the blocks of a part are a multiple of this; 0 for all blocks
	Cost   float64 // of a row of one block, in multiply-adds
	// the weights stay in the cache: a part is rather all blocks of some rows than all rows of some blocks
	Keep bool
}

// The multiply-adds of a part: enough to be worth handing it to a thread and reading the weights
// for it, few enough that all threads end at about the same time.
const (
	LeastCost, mostCost = 1 << 19, 1 << 23
	wantedParts         = 32
)

// Cut divides n pictures of the given size into parts by shape alone. Parts of the same blocks are
// consecutive, because they share weights; or, if g.Keep, parts of the same rows, because they
// share inputs.
func Cut(n, blocks, rows int, g Grain) []Part {
	if g.Blocks == 0 {
		g.Blocks = blocks
	}
	row := g.Cost * float64(g.Blocks)
	most := min(max(g.Cost*float64(n*blocks*rows)/wantedParts, LeastCost), mostCost)
	if whole := row * float64(rows); whole < most { // some more blocks, all rows
		g.Blocks *= max(1, int(most/max(whole, 1)))
	}
	each := max(1, min(rows, int(most/max(row, 1))))
	count := (rows + each - 1) / each
	var parts []Part
	for b := 0; b < blocks; b += g.Blocks {
		for i := range n {
			for k := range count {
				parts = append(parts, Part{i, b, min(blocks, b+g.Blocks), k * rows / count, (k + 1) * rows / count})
			}
		}
	}
	if g.Keep {
		slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Or(a.N-b.N, a.H0-b.H0, a.B0-b.B0) })
	}
	return parts
}

// packCost is the cost, for each pixel, of moving a row of a block between the layouts.
const packCost = 400

// PackGrain returns the grain for moving pictures between the layouts.
func PackGrain(x *kernel.Blocks) Grain { return Grain{Blocks: 1, Cost: float64(packCost * x.W)} }
