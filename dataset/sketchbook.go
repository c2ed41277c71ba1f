package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// SketchSize is the usual side of a sketchbook picture in pixels.
const SketchSize = 64

// MinSketchSize and MaxSketchSize bound the side of a drawing in pixels.
const MinSketchSize, MaxSketchSize = 8, 4096

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
	{"weasel", drawWeasel},
	{"bathing cap", drawBathingCap},
	{"cocktail shaker", drawCocktailShaker},
	{"water jug", drawWaterJug},
	{"velvet", drawVelvet},
	{"menu", drawMenu},
}

// SketchClasses returns the names of the sketchbook's classes; a label is an index into them.
func SketchClasses() []string {
	names := make([]string, len(sketches))
	for i, s := range sketches {
		names[i] = s.name
	}
	return names
}

// A Sketchbook is an endless data set of drawings. Picture i depends only on Seed, Weights and i.
// Different seeds give different books. Values lie on the 8-bit lattice k/255, as if the pictures
// had been read from PNG files, and are the same on every machine.
type Sketchbook struct {
	Seed uint64
	Size int // side of a picture in pixels; 0 means SketchSize

	// Weights are the relative frequencies of the classes, in the order of SketchClasses and in any
	// unit: a class of weight 3 has three times the pictures of a class of weight 1, in the whole
	// book and, within a picture or two, in every stretch of it; a class of weight 0 has none. Nil
	// means that the classes take turns.
	Weights []float64
}

// Check returns an error unless Size and Weights make sense.
func (b Sketchbook) Check() error {
	if b.Size != 0 && (b.Size < MinSketchSize || b.Size > MaxSketchSize) {
		return fmt.Errorf("dataset: drawing of %d pixels a side, want %d to %d", b.Size, MinSketchSize, MaxSketchSize)
	}
	if b.Weights == nil {
		return nil
	}
	if len(b.Weights) != len(sketches) {
		return fmt.Errorf("dataset: %d weights for the sketchbook's %d classes, want one for each", len(b.Weights), len(sketches))
	}
	sum := 0.0
	for class, w := range b.Weights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("dataset: the weight of %s is %v, want a number from 0", sketches[class].name, w)
		}
		sum += w
	}
	if sum == 0 {
		return fmt.Errorf("dataset: all weights of the sketchbook are 0, want a larger one for some class")
	}
	return nil
}

// Key returns the class of picture i and the seed with which [Draw] draws it. The book must pass
// Check.
func (b Sketchbook) Key(i uint64) (class int, seed uint64) {
	r := rand.NewPCG(b.Seed, i)
	seed = r.Uint64()
	if b.Weights == nil {
		return int(i % uint64(len(sketches))), seed
	}
	sum := 0.0
	for _, w := range b.Weights {
		sum += w
	}
	// Multiples of the golden ratio, modulo 1, fall into every interval in proportion to its
	// length.
	const golden = 0x9e3779b97f4a7c15
	rest := sum * (float64((i*golden)>>11) / (1 << 53))
	for k, w := range b.Weights {
		if w == 0 {
			continue
		}
		if class = k; rest < w {
			break
		}
		rest -= w
	}
	return class, seed
}

// Batch fills dst (N,3,Size,Size) with the pictures first, first+1, ... and labels,
// which may be nil, with their classes. Values are RGB in [0,1].
func (b Sketchbook) Batch(dst *tensor.Tensor, labels []int, first uint64) error {
	if err := b.Check(); err != nil {
		return err
	}
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
		sketch(dst.Image(n), class, seed, size)
	}
	return nil
}

// Draw returns one drawing of a class as a picture (1,3,size,size), RGB in [0,1]. The
// same seed gives the same scene at every size; only the grain differs.
func Draw(class int, seed uint64, size int) (*tensor.Tensor, error) {
	if size < MinSketchSize || size > MaxSketchSize {
		return nil, fmt.Errorf("dataset: drawing of %d pixels a side, want %d to %d", size, MinSketchSize, MaxSketchSize)
	}
	if class < 0 || class >= len(sketches) {
		return nil, fmt.Errorf("dataset: the sketchbook has classes 0 to %d, not %d", len(sketches)-1, class)
	}
	out := tensor.New(1, 3, size, size)
	sketch(out.Data, class, seed, size)
	return out, nil
}

// DrawingName returns a one-word name of the picture that Draw draws: "draw:giant panda:7:256".
func DrawingName(class string, seed uint64, size int) string {
	return fmt.Sprintf("draw:%s:%d:%d", class, seed, size)
}

// sketch draws onto dst (3,size,size).
func sketch(dst []float32, class int, seed uint64, size int) {
	rng := rand.New(rand.NewPCG(seed, uint64(class)))
	half := float64(size) / 2
	sin, cos := math.Sincos(rng.Float64()*1.6*math.Pi/2 - 0.8*math.Pi/2 - math.Pi/2)
	c := newCanvas(size)
	p := newPen(c, rng, placement{half, 0, half, 0, half, half}, point{cos, sin})
	drawBackdrop(p)
	sketches[class].draw(p.posed())
	develop(dst, c, rng, p.light)
}

// posed returns a pen for the subject: a little off the middle, turned, scaled and perhaps mirrored.
func (p *pen) posed() *pen {
	scale := p.between(0.78, 0.97)
	slack := 1.02 - scale
	return p.at(p.between(-1, 1)*slack, p.between(-1, 1)*slack, p.between(-0.1, 0.1),
		p.side()*scale*p.between(0.95, 1.05), scale*p.between(0.95, 1.05))
}
