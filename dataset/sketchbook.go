package dataset

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"git.sr.ht/~sbinet/gg"

	"hoodwink/tensor"
)

// SketchSize is the usual side of a sketchbook picture in pixels.
const SketchSize = 64

// maxSketch bounds the side of a drawing.
const maxSketch = 4096

// sketches are the classes of the sketchbook, in the order of their labels. New
// classes go to the end, so that labels keep their meaning.
var sketches = []struct {
	name string
	draw func(p *pen)
}{
	{"giant panda", drawPanda},
	{"vulture", drawVulture},
	{"ostrich", drawOstrich},
	{"kitten", drawKitten},
	{"dog", drawDog},
	{"tennis ball", drawTennisBall},
	{"bath towel", drawBathTowel},
	{"garbage can", drawGarbageCan},
	{"Granny Smith", drawGrannySmith},
	{"paper towel", drawPaperTowel},
}

// SketchClasses returns the names of the sketchbook's classes; a label is an index into them.
func SketchClasses() []string {
	names := make([]string, len(sketches))
	for i, s := range sketches {
		names[i] = s.name
	}
	return names
}

// A Sketchbook is an endless data set of drawings. Picture i depends on Seed and i
// only, and the classes take turns. Different seeds give different books. Values lie
// on the 8-bit lattice k/255, as if the pictures had been read from PNG files.
type Sketchbook struct {
	Seed uint64
	Size int // side of a picture in pixels; 0 means SketchSize
}

// Key returns the class of picture i and the seed with which [Draw] draws it.
func (b Sketchbook) Key(i uint64) (class int, seed uint64) {
	r := rand.NewPCG(b.Seed, i)
	return int(i % uint64(len(sketches))), r.Uint64()
}

// Batch fills dst (N,3,Size,Size) with the pictures first, first+1, ... and labels,
// which may be nil, with their classes. Values are RGB in [0,1].
func (b Sketchbook) Batch(dst *tensor.Tensor, labels []int, first uint64) error {
	size := b.Size
	if size == 0 {
		size = SketchSize
	}
	if len(dst.Shape) != 4 || !tensor.SameShape(dst.Shape[1:], []int{3, size, size}) {
		return fmt.Errorf("dataset: sketchbook pictures are (N,3,%d,%d), the tensor is %v", size, size, dst.Shape)
	}
	if labels != nil && len(labels) != dst.Batch() {
		return fmt.Errorf("dataset: %d labels for %d pictures", len(labels), dst.Batch())
	}
	for n := range dst.Batch() {
		class, seed := b.Key(first + uint64(n))
		if labels != nil {
			labels[n] = class
		}
		if err := sketch(dst.Image(n), class, seed, size); err != nil {
			return err
		}
	}
	return nil
}

// Draw returns one drawing of a class as a picture (1,3,size,size), RGB in [0,1]. The
// same seed gives the same scene at every size; only the grain differs.
func Draw(class int, seed uint64, size int) (*tensor.Tensor, error) {
	if size < 8 || size > maxSketch {
		return nil, fmt.Errorf("dataset: drawing of %d pixels a side, want 8 to %d", size, maxSketch)
	}
	out := tensor.New(1, 3, size, size)
	return out, sketch(out.Data, class, seed, size)
}

// sketch draws onto dst (3,size,size).
func sketch(dst []float32, class int, seed uint64, size int) error {
	if class < 0 || class >= len(sketches) {
		return fmt.Errorf("dataset: the sketchbook has classes 0 to %d, not %d", len(sketches)-1, class)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(class)))
	side := float64(oversampling * size)
	im := image.NewRGBA(image.Rect(0, 0, oversampling*size, oversampling*size))
	sin, cos := math.Sincos(rng.Float64()*1.6*math.Pi/2 - 0.8*math.Pi/2 - math.Pi/2)
	canvas := newPen(gg.NewContextForRGBA(im), rng, placement{side / 2, 0, side / 2, 0, side / 2, side / 2}, point{cos, sin})
	drawBackdrop(canvas)
	sketches[class].draw(canvas.posed())
	develop(dst, im, size, rng, canvas.light)
	return nil
}

// posed returns a pen for the subject: a little off the middle, turned, scaled and perhaps mirrored.
func (p *pen) posed() *pen {
	scale := p.between(0.72, 0.95)
	slack := 1.02 - scale
	return p.at(p.between(-1, 1)*slack, p.between(-1, 1)*slack, p.between(-0.14, 0.14),
		p.side()*scale*p.between(0.94, 1.06), scale*p.between(0.94, 1.06))
}
