package paper

import (
	"context"
	"fmt"
	"math"
	"slices"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/report"
	"hoodwink/tensor"
)

// The search for the smallest perturbation: it halves sizes up to farthest levels, and tries each
// with a fixed number of steps.
const (
	farthest    = 64.0
	foolHalving = 8
	foolSteps   = 20
)

// alikeFrom is the factor by which dogs must become harder to fool, also compared with kittens, for
// the article's remark to hold.
const alikeFrom = 1.1

// nearest returns the smallest size, in levels of 255, at which the attack turns a picture
// (1,3,H,W) into the class; farthest if there is none.
func nearest(ctx context.Context, c classifier, x *tensor.Tensor, class int) (float64, error) {
	lo, hi := 0.0, farthest
	for range foolHalving {
		mid := (lo + hi) / 2
		_, ok, err := fool(ctx, c, x, class, mid)
		if err != nil {
			return 0, err
		}
		if ok {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, nil
}

// fool attacks a picture (1,3,H,W) within size levels of 255, and reports whether it becomes the class.
func fool(ctx context.Context, c classifier, x *tensor.Tensor, class int, size float64) (*tensor.Tensor, bool, error) {
	bim, goal := attacks.BIM{Steps: foolSteps, Loss: attack.LogProbability}, attack.Targeted{Class: class}
	found, v, err := attack.Pictures(ctx, c.model, bim, attack.Threat{}, attack.Options{}, x, size/255, func(int) attack.Goal { return goal })
	if err != nil {
		return nil, false, err
	}
	return found, v[0].Success, nil
}

// right returns the pictures that all networks of all schools classify correctly.
func (k *Kennel) right(x *tensor.Tensor, class int) []int {
	var rows []int
	for i := range x.Batch() {
		ok := true
		for _, s := range k.schools {
			for _, c := range s.networks {
				ok = ok && tensor.Argmax(c.model.Forward(c.one(x, i)).Data) == class
			}
		}
		if ok {
			rows = append(rows, i)
		}
	}
	return rows
}

func (k *Kennel) fool(ctx context.Context, e *report.Experiment) error {
	ball := sketchClass(ballClass)
	for _, of := range []struct {
		name string
		x    *tensor.Tensor
		to   func(s *school) *[]float64
	}{
		{dogClass, k.dogs, func(s *school) *[]float64 { return &s.dogs }},
		{kittenClass, k.kittens, func(s *school) *[]float64 { return &s.kittens }},
	} {
		rows := k.right(of.x, sketchClass(of.name))
		if len(rows) == 0 {
			return report.Missing{What: of.name + " that all networks recognise"}
		}
		for _, s := range k.schools {
			sizes := of.to(s)
			for n, c := range s.networks {
				for j, i := range rows {
					if err := ctx.Err(); err != nil {
						return err
					}
					size, err := nearest(ctx, c.classifier, c.one(of.x, i), ball)
					if err != nil {
						return err
					}
					*sizes = append(*sizes, size)
					k.observe(fmt.Sprintf("%s to tennis ball, %dx dogs", of.name, s.times), n*len(rows)+j+1, len(s.networks)*len(rows))
				}
			}
			e.Record(fmt.Sprintf("%dx dogs: size that turns a %s into a tennis ball", s.times, of.name), "", levels(median(*sizes)),
				fmt.Sprintf("median of %d; quartiles %s and %s; of 255 levels, pixels in [0,1]", len(*sizes), levels(quantile(*sizes, 0.25)), levels(quantile(*sizes, 0.75))))
		}
	}
	least, most := k.schools[0], k.schools[len(k.schools)-1]
	grown := func(of func(*school) []float64) float64 { return median(of(most)) / median(of(least)) }
	dogs, kittens := grown(func(s *school) []float64 { return s.dogs }), grown(func(s *school) []float64 { return s.kittens })
	e.Behaves(fmt.Sprintf("from 1x to %dx dogs, the size for a dog grows, and for a kitten", most.times), "you cannot fool a dog", fmt.Sprintf("%.2f times, %.2f times", dogs, kittens),
		dogs > alikeFrom && dogs > alikeFrom*kittens, fmt.Sprintf("the article's remark, not a figure; alike if that of the dog grows by %.0f %%, and by as much more than that of the kitten", 100*(alikeFrom-1)))
	e.Figures = append(e.Figures, report.Figure{Drawing: k.curves(), Caption: "The smallest perturbation of any pixel that turns a drawing into a tennis ball, medians over fresh drawings that all networks recognise and over networks. The kittens, as many for each school, are the control."})
	tiles, err := k.fooled(ctx)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Tiles: tiles, Small: true, Title: "The first dog as a tennis ball, to each school", Caption: "The smallest perturbation that does it, and that times 20."})
	return nil
}

// curves plots the sizes over the dogs' share.
func (k *Kennel) curves() report.Curves {
	var x []float64
	var dogs, low, high, kittens []float64
	for _, s := range k.schools {
		x = append(x, 100*s.share)
		dogs, kittens = append(dogs, median(s.dogs)), append(kittens, median(s.kittens))
		low, high = append(low, quantile(s.dogs, 0.25)), append(high, quantile(s.dogs, 0.75))
	}
	return report.Curves{Title: "What it takes to turn a dog into a tennis ball", XLabel: "dogs among the drawings trained with, %", YLabel: "size of the perturbation, levels of 255",
		Series: []report.Series{{Name: "a dog", X: x, Y: dogs}, {Name: "a kitten", X: x, Y: kittens}, {Name: "three dogs in four", X: x, Y: high}, {Name: "one dog in four", X: x, Y: low}}}
}

// fooled draws the first dog in the version that the first network of each school takes for a ball.
func (k *Kennel) fooled(ctx context.Context) ([]report.Tile, error) {
	rows := k.right(k.dogs, sketchClass(dogClass))
	var tiles []report.Tile
	for _, s := range k.schools {
		c := s.networks[0].classifier
		x := c.one(k.dogs, rows[0])
		size, err := nearest(ctx, c, x, sketchClass(ballClass))
		if err != nil {
			return nil, err
		}
		found, _, err := fool(ctx, c, x, sketchClass(ballClass), size)
		if err != nil {
			return nil, err
		}
		after, err := report.Picture(found)
		if err != nil {
			return nil, err
		}
		change, err := report.PerturbationImage(found, x, 20)
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, report.Tile{Picture: after, Title: fmt.Sprintf("%dx dogs", s.times), Detail: levels(size) + " levels"},
			report.Tile{Picture: change, Title: "the change", Detail: "times 20"})
	}
	return tiles, nil
}

func levels(v float64) string { return fmt.Sprintf("%.2f", v) }

func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile interpolates linearly between ranks.
func quantile(v []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(v))
	at := q * float64(len(s)-1)
	lo := int(math.Floor(at))
	hi := min(lo+1, len(s)-1)
	return s[lo] + (at-float64(lo))*(s[hi]-s[lo])
}
