package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"hoodwink/tensor"
)

// A Source is a data set for training: pictures of one shape with labels, in epochs. A finite set
// shows the same pictures in every epoch, an endless one may show others. Several goroutines may
// call Picture at once. It always gives the same picture for the same epoch and index.
type Source interface {
	// Shape returns the shape (C,H,W) of a picture.
	Shape() []int

	// Classes returns the names of the classes, in the order of their labels.
	Classes() []string

	// Len returns the number of pictures in an epoch.
	Len() int

	// Picture writes picture i of an epoch (0, 1, ...) to dst, values in [0,1], and
	// returns its label.
	Picture(dst []float32, epoch, i int) (label int, err error)
}

// Check reads the labels of a source's first epoch and returns an error unless there are pictures
// of at least two classes. For a source that is not in memory, it reads all pictures.
func Check(s Source) error {
	if s.Len() < 1 {
		return errors.New("dataset: there are no pictures")
	}
	classes := s.Classes()
	seen, kinds := make([]bool, len(classes)), 0
	buf := make([]float32, tensor.Size(s.Shape()))
	for i := 0; i < s.Len() && kinds < 2; i++ {
		label, err := s.Picture(buf, 0, i)
		if err != nil {
			return err
		}
		if label < 0 || label >= len(classes) {
			return fmt.Errorf("dataset: picture %d has the label %d, but there are %d classes", i, label, len(classes))
		}
		if !seen[label] {
			seen[label] = true
			kinds++
		}
	}
	if kinds < 2 {
		only := slices.Index(seen, true)
		return fmt.Errorf("dataset: all %d pictures are of the class %q: a classifier needs two classes or more", s.Len(), classes[only])
	}
	return nil
}

// Collect returns the first epoch of a source as a set in memory.
func Collect(s Source) (*Set, error) {
	out := &Set{Images: tensor.New(append([]int{s.Len()}, s.Shape()...)...), Labels: make([]int, s.Len()), Names: s.Classes()}
	for i := range out.Labels {
		label, err := s.Picture(out.Images.Image(i), 0, i)
		if err != nil {
			return nil, err
		}
		out.Labels[i] = label
	}
	return out, nil
}

// Shape implements Source.
func (s *Set) Shape() []int { return s.Images.Shape[1:] }

// Classes implements Source: Names, or the numbers up to the largest label if there are none.
func (s *Set) Classes() []string { return namesOf(s.Names, s.Labels) }

// Picture implements Source.
func (s *Set) Picture(dst []float32, _, i int) (int, error) {
	copy(dst, s.Images.Image(i))
	return s.Labels[i], nil
}

// A Packed set is a finite data set in memory with a byte for every value.
type Packed struct {
	Size   []int   // (C,H,W) of a picture
	Pixels []uint8 // (N,C,H,W); 255 is 1
	Labels []int
	Names  []string // of the classes; nil if they have only numbers
}

// Len implements Source.
func (p *Packed) Len() int { return len(p.Labels) }

// Shape implements Source.
func (p *Packed) Shape() []int { return p.Size }

// Classes implements Source.
func (p *Packed) Classes() []string { return namesOf(p.Names, p.Labels) }

// Picture implements Source.
func (p *Packed) Picture(dst []float32, _, i int) (int, error) {
	unpack(dst, p.Pixels[i*len(dst):])
	return p.Labels[i], nil
}

// set returns the same pictures as a Set, if there is room for it.
func (p *Packed) set(b *budget, name string) (*Set, error) {
	if err := b.take(len(p.Pixels), 4); err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", name, err)
	}
	return &Set{Images: p.images(), Labels: p.Labels, Names: p.Names}, nil
}

// images returns all pictures (N,C,H,W).
func (p *Packed) images() *tensor.Tensor {
	x := tensor.New(append([]int{len(p.Pixels) / tensor.Size(p.Size)}, p.Size...)...)
	unpack(x.Data, p.Pixels)
	return x
}

// levels are the values of a byte.
var levels = func() (v [256]float32) {
	for i := range v {
		v[i] = float32(i) / 255
	}
	return v
}()

func unpack(dst []float32, pixels []uint8) {
	pixels = pixels[:len(dst)]
	for i, v := range pixels {
		dst[i] = levels[v]
	}
}

func namesOf(names []string, labels []int) []string {
	if names != nil || len(labels) == 0 {
		return names
	}
	numbers := make([]string, slices.Max(labels)+1)
	for i := range numbers {
		numbers[i] = strconv.Itoa(i)
	}
	return numbers
}

// A subset is some pictures of a source.
type subset struct {
	Source
	rows []int
}

func (s *subset) Len() int { return len(s.rows) }

func (s *subset) Picture(dst []float32, epoch, i int) (int, error) {
	return s.Source.Picture(dst, epoch, s.rows[i])
}

// First returns a source of the first n pictures of s; all of them if n is 0.
func First(s Source, n int) Source {
	if n <= 0 || n >= s.Len() {
		return s
	}
	out := &subset{Source: s, rows: make([]int, n)}
	for i := range out.rows {
		out.rows[i] = i
	}
	return out
}

// HoldOut splits a finite source in two: every nth picture is held out, where n is every, and the
// others are left to train on. If there are fewer pictures, the last one is held out.
func HoldOut(s Source, every int) (rest, held Source) {
	every = min(every, max(s.Len(), 2))
	a, b := &subset{Source: s}, &subset{Source: s}
	for i := range s.Len() {
		to := a
		if i%every == every-1 {
			to = b
		}
		to.rows = append(to.rows, i)
	}
	return a, b
}
