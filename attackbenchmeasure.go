package hoodwink

import (
	"math"
	"slices"

	"hoodwink/report"
)

// measure compares what the attacks have found.
func (r *BenchRequest) measure(all [][]BenchShot) *report.AttackBench {
	b := &report.AttackBench{
		Model: r.Model.Name, Data: r.Data, Norm: r.Norm.String(), Pictures: r.First, Passes: r.Passes, Seed: r.Seed,
	}
	best := make([]float64, r.First)
	for i := range best {
		best[i] = math.Inf(1)
		for _, shots := range all {
			best[i] = min(best[i], sizeOf(shots[i]))
		}
		if best[i] > 0 {
			b.Right++
		}
		if !math.IsInf(best[i], 1) {
			b.Limit = max(b.Limit, best[i])
		}
	}
	b.Best = finiteSizes(best)
	lowest, none := area(best, b.Limit), float64(b.Right)*b.Limit
	for k, shots := range all {
		row := r.row(shots, best)
		row.Attack = r.Attacks[k].Info().Name
		sizes := make([]float64, len(shots))
		for i, s := range shots {
			sizes[i] = sizeOf(s)
		}
		row.Sizes = finiteSizes(sizes)
		if row.Optimality = 1; none > lowest {
			row.Optimality = 1 - (area(sizes, b.Limit)-lowest)/(none-lowest)
		} else if b.Limit == 0 && b.Right > 0 { // nothing fools
			row.Optimality = 0
		}
		b.Attacks = append(b.Attacks, row)
	}
	b.Sort()
	return b
}

// row sums up what an attack did to the pictures that the model gets right.
func (r *BenchRequest) row(shots []BenchShot, best []float64) (row report.Bench) {
	var sizes []float64
	last := 0
	for i, s := range shots {
		row.Seconds += s.Seconds / float64(len(shots))
		if s.Error != "" {
			row.Errors++
		}
		if best[i] == 0 {
			continue
		}
		size := sizeOf(s)
		sizes = append(sizes, size)
		row.Outside += s.Outside
		row.Forwards += float64(s.Forwards)
		row.Backwards += float64(s.Backwards)
		if !math.IsInf(size, 1) {
			row.Fooled++
			if size <= best[i] {
				row.Best++
			}
		}
		if s.Last != nil {
			last++
		}
	}
	n := float64(len(sizes))
	if n == 0 {
		return row
	}
	row.Fooled, row.Best, row.Last = row.Fooled/n, row.Best/n, float64(last)/n
	row.Forwards, row.Backwards = row.Forwards/n, row.Backwards/n
	slices.Sort(sizes)
	if m := (sizes[(len(sizes)-1)/2] + sizes[len(sizes)/2]) / 2; !math.IsInf(m, 1) {
		row.Median = &m
	}
	return row
}

// sizeOf returns the size of a shot's change, infinite if it found none.
func sizeOf(s BenchShot) float64 {
	if s.Size == nil {
		return math.Inf(1)
	}
	return *s.Size
}

// area is that under the number of pictures that still stand over the size of the change, up to a limit.
func area(sizes []float64, limit float64) (sum float64) {
	for _, s := range sizes {
		sum += min(s, limit)
	}
	return sum
}

// finiteSizes writes -1 where there is no size, since JSON knows no infinity.
func finiteSizes(sizes []float64) []float64 {
	list := slices.Clone(sizes)
	for i, s := range list {
		if math.IsInf(s, 1) {
			list[i] = -1
		}
	}
	return list
}
