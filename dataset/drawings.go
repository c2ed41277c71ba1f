package dataset

import (
	"sync/atomic"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// Drawings is the sketchbook as a [Source]. An epoch has Pictures drawings, from number First on.
// They are drawn when they are asked for and kept as bytes. With Fresh, epoch e begins at First +
// e*Pictures, and no drawing is kept. Use [NewDrawings].
type Drawings struct {
	book     Sketchbook
	first    uint64
	pictures int
	fresh    bool
	cache    []uint8
	states   []atomic.Uint32 // of the pictures in the cache
	labels   []int32
}

// The states of a picture in the cache. The goroutine that changes absent to writing writes it.
const (
	absent = iota
	writing
	kept
)

// NewDrawings returns a source of drawings of a book: pictures of them an epoch, from number first
// on.
func NewDrawings(book Sketchbook, first uint64, pictures int, fresh bool) *Drawings {
	if book.Size == 0 {
		book.Size = SketchSize
	}
	d := &Drawings{book: book, first: first, pictures: pictures, fresh: fresh}
	if !fresh {
		d.cache = make([]uint8, pictures*tensor.Size(d.Shape()))
		d.states, d.labels = make([]atomic.Uint32, pictures), make([]int32, pictures)
	}
	return d
}

// Shape implements Source.
func (d *Drawings) Shape() []int { return []int{3, d.book.Size, d.book.Size} }

// Classes implements Source.
func (d *Drawings) Classes() []string { return SketchClasses() }

// Len implements Source.
func (d *Drawings) Len() int { return d.pictures }

// Picture implements Source.
func (d *Drawings) Picture(dst []float32, epoch, i int) (int, error) {
	index := d.first + uint64(i)
	if d.fresh {
		return d.draw(dst, index+uint64(epoch)*uint64(d.pictures))
	}
	pixels := d.cache[i*len(dst) : (i+1)*len(dst)]
	if d.states[i].Load() == kept {
		unpack(dst, pixels)
		return int(d.labels[i]), nil
	}
	label, err := d.draw(dst, index)
	if err != nil || !d.states[i].CompareAndSwap(absent, writing) {
		return label, err
	}
	for j, v := range dst {
		pixels[j] = preprocess.Level(v)
	}
	d.labels[i] = int32(label)
	d.states[i].Store(kept)
	return label, nil
}

func (d *Drawings) draw(dst []float32, index uint64) (int, error) {
	var label [1]int
	err := d.book.Batch(tensor.FromSlice(dst, append([]int{1}, d.Shape()...)...), label[:], index)
	return label[0], err
}
