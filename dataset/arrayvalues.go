package dataset

import (
	"fmt"
	"io"
	"math"
	"slices"

	"hoodwink/internal/npy"
	"hoodwink/tensor"
)

// maxArrayLabel bounds labels, so that a damaged file cannot ask for any number of classes.
const maxArrayLabel = 1 << 16

// part reads one part: a *Set of pictures that are floats, otherwise a *Packed.
func (a *arrays) part(path, part string) (Source, error) {
	p := a.pairs[trainRole]
	if part != "train" {
		if p = a.pairs[testRole]; p == (pair{}) {
			p = a.pairs[valRole]
		}
	}
	if p == (pair{}) {
		return nil, fmt.Errorf("dataset: %s: %w", path, errNoPart)
	}
	var s Source
	var labels *[]int
	n := 0
	err := a.with(p.images, func(r *npy.Reader) (err error) {
		s, labels, err = readArray(r, a.budget)
		n = r.Shape[0]
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	err = a.with(p.labels, func(r *npy.Reader) (err error) {
		*labels, err = arrayLabels(r, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: its labels: %w", path, err)
	}
	a.used[part] = p.images
	return s, nil
}

// with opens an array and has it read.
func (a *arrays) with(name string, read func(*npy.Reader) error) error {
	f, err := a.open[name]()
	if err != nil {
		return fmt.Errorf("%s.npy: %w", name, err)
	}
	defer f.Close()
	r, err := npy.NewReader(f)
	if err == nil {
		err = read(r)
	}
	if err != nil {
		return fmt.Errorf("%s.npy: %w", name, err)
	}
	return nil
}

// readArray reads pictures, and returns where their labels belong. Floats stay what they are, all
// else is kept as bytes.
func readArray(r *npy.Reader, b *budget) (Source, *[]int, error) {
	l, err := arrayLayout(r.Shape)
	if err != nil {
		return nil, nil, err
	}
	if r.Type[1] == 'f' {
		values, err := readPictures(r, b, l, 4, func(v float32) (float32, error) {
			if !(v >= 0 && v <= 1) {
				return 0, fmt.Errorf("is %g: want floats in [0,1], or whole numbers from 0 to 255", v)
			}
			return v, nil
		})
		if err != nil {
			return nil, nil, err
		}
		s := &Set{Images: tensor.FromSlice(values, l.shape...)}
		return s, &s.Labels, nil
	}
	white, largest := float32(1), float32(0)
	if r.Type[1] == 'b' {
		white = 255
	}
	values, err := readPictures(r, b, l, 1, func(v float32) (uint8, error) {
		if v < 0 || v > 255 {
			return 0, fmt.Errorf("is %g: want whole numbers from 0 to 255, or floats in [0,1]", v)
		}
		largest = max(largest, v)
		return uint8(v * white), nil
	})
	if err != nil {
		return nil, nil, err
	}
	// As bytes they would be all but black, and are surely meant as 0 and white.
	if white == 1 && largest <= 1 && (r.Type[1:] != "u1" || largest == 1) {
		return nil, nil, fmt.Errorf("pictures of type %q, all of 0 and 1: want bytes up to 255, booleans, or floats in [0,1]",
			r.Type)
	}
	s := &Packed{Size: l.shape[1:], Pixels: values}
	return s, &s.Labels, nil
}

// readPictures reads the values of pictures, of size bytes each when they are kept, as (N,C,H,W).
func readPictures[T any](
	r *npy.Reader, b *budget, l layout, size float64, convert func(float32) (T, error),
) ([]T, error) {
	n, per := l.shape[0], tensor.Size(l.shape[1:])
	each := float64(per)*size + perPicture
	if r.Fortran { // all values twice for a moment
		if err := b.room(n, 2*each); err != nil {
			return nil, err
		}
	}
	if err := b.take(n, each); err != nil {
		return nil, err
	}
	var data []T
	buf := make([]float32, 1<<13)
	for {
		k, err := r.Read(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		data = grow(data, k, n*per)
		for _, v := range buf[:k] {
			out, err := convert(v)
			if err != nil {
				i := len(data)
				if r.Fortran {
					return nil, fmt.Errorf("value %d, in Fortran's order, %w", i, err)
				}
				return nil, fmt.Errorf("value %d of picture %d %w", i%per, i/per, err)
			}
			data = append(data, out)
		}
	}
	if r.Fortran {
		data = npy.RowMajor(data, r.Shape)
	}
	if l.channelsLast {
		channelsFirst(data, per, l.shape[1])
	}
	return data, nil
}

// channelsFirst makes pictures (H,W,C) of per values those of (C,H,W).
func channelsFirst[T any](data []T, per, channels int) {
	picture := make([]T, per)
	for from := range slices.Chunk(data, per) {
		copy(picture, from)
		for i, v := range picture {
			from[i%channels*(per/channels)+i/channels] = v
		}
	}
}

// A layout is the shape (N,C,H,W) of pictures, and whether memory has them as (N,H,W,C).
type layout struct {
	shape        []int
	channelsLast bool
}

func arrayLayout(s []int) (layout, error) {
	colours := func(c int) bool { return c == 1 || c == 3 }
	var l layout
	switch {
	case len(s) == 2 && s[1] > 1 && square(s[1])*square(s[1]) == s[1]:
		l.shape = []int{s[0], 1, square(s[1]), square(s[1])}
	case len(s) == 3:
		l.shape = []int{s[0], 1, s[1], s[2]}
	case len(s) == 4 && colours(s[1]):
		l.shape = s
	case len(s) == 4 && colours(s[3]):
		l = layout{[]int{s[0], s[3], s[1], s[2]}, true}
	default:
		return l, fmt.Errorf("pictures of shape %v: want (N,H,W), (N,H,W,C) or (N,C,H,W) with 1 or 3 channels, or (N,D) with the values of a square", s)
	}
	if tensor.Size(l.shape) == 0 {
		return l, fmt.Errorf("pictures of shape %v: there are none", s)
	}
	return l, nil
}

// square returns the side of the largest square of at most n pixels.
func square(n int) int { return int(math.Sqrt(float64(n))) }

// arrayLabels reads labels of n pictures: a number for each, or a row with one 1.
func arrayLabels(r *npy.Reader, n int) ([]int, error) {
	s, k := r.Shape, 1
	switch {
	case len(s) == 2 && s[0] == n && s[1] > 1 && s[1] <= maxArrayLabel:
		k = s[1]
	case len(s) == 0 || len(s) > 2 || len(s) == 2 && s[1] != 1:
		return nil, fmt.Errorf("labels of shape %v: want one number for each picture", s)
	case s[0] != n:
		return nil, fmt.Errorf("%d pictures but %d labels", n, s[0])
	}
	labels := slices.Repeat([]int{-1}, n)
	buf := make([]float32, 1<<13)
	for at := 0; ; {
		got, err := r.Read(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, v := range buf[:got] {
			row, col := at/k, at%k
			if r.Fortran {
				row, col = at%n, at/n
			}
			if k > 1 {
				err = setPlace(labels, row, col, v)
			} else {
				err = setLabel(labels, row, v)
			}
			if err != nil {
				return nil, fmt.Errorf("labels of shape %v: %w", s, err)
			}
			at++
		}
	}
	if row := slices.Index(labels, -1); row >= 0 {
		return nil, fmt.Errorf("labels of shape %v: %w", s, notOneHot(row))
	}
	return labels, nil
}

func setLabel(labels []int, row int, v float32) error {
	if !(v >= 0 && v < maxArrayLabel) || float64(v) != math.Trunc(float64(v)) {
		return fmt.Errorf("picture %d has the label %g: want a whole number from 0 to %d", row, v, maxArrayLabel-1)
	}
	labels[row] = int(v)
	return nil
}

// setPlace notes the place of the 1 in a row.
func setPlace(labels []int, row, col int, v float32) error {
	if v != 0 && (v != 1 || labels[row] >= 0) {
		return notOneHot(row)
	}
	if v == 1 {
		labels[row] = col
	}
	return nil
}

func notOneHot(row int) error {
	return fmt.Errorf("those of picture %d are not one 1 among zeros: "+
		"want one number for each picture (labels.argmax(1) makes it of scores)", row)
}
