// Package dataset provides pictures with labels: the drawn [Sketchbook], files in the formats of
// MNIST and CIFAR-10, NumPy arrays, and folders of picture files.
//
// A picture batch is a tensor (N,C,H,W) with values in [0,1]; a label is the index of a class. A
// [Set] holds both in memory, a [Packed] set with a byte for each value. A [Source] is any of them
// as training takes it, and [Open] finds one by name or path.
//
// The sketchbook is an endless data set that our own code draws: a panda, a vulture and others,
// each time in another pose, place and light. It needs no download, and picture i of a book is the
// same on every machine:
//
//	book := dataset.Sketchbook{Seed: 1}
//	x, labels := tensor.New(32, 3, 64, 64), make([]int, 32)
//	err := book.Batch(x, labels, 0)                 // pictures 0 to 31
//	names := dataset.SketchClasses()                // names[labels[0]] is "giant panda"
//	panda, err := dataset.Draw(0, 7, 256)           // one large drawing
//
// MNIST, and everything else in its format, packed with gzip or not:
//
//	test, err := dataset.MNIST("datasets/mnist", "t10k")
//	sevens := test.Only(3, 7)                       // threes (label 0) and sevens (label 1)
package dataset

import (
	"slices"

	"hoodwink/tensor"
)

// A Set is a finite data set in memory: pictures (N,C,H,W) and N labels.
type Set struct {
	Images *tensor.Tensor
	Labels []int
	Names  []string // of the classes; nil if they have only numbers
}

// Len returns the number of pictures.
func (s *Set) Len() int { return len(s.Labels) }

// Only returns a copy of the pictures that have one of the given labels, in their order. Their new
// label is its position among the arguments.
func (s *Set) Only(labels ...int) *Set {
	out := &Set{}
	if s.Names != nil {
		for _, l := range labels {
			out.Names = append(out.Names, s.Names[l])
		}
	}
	var rows []int
	for i, l := range s.Labels {
		if k := slices.Index(labels, l); k >= 0 {
			rows = append(rows, i)
			out.Labels = append(out.Labels, k)
		}
	}
	shape := slices.Clone(s.Images.Shape)
	shape[0] = len(rows)
	out.Images = tensor.New(shape...)
	for n, i := range rows {
		copy(out.Images.Image(n), s.Images.Image(i))
	}
	return out
}
