// Package article repeats, with the reader's own copy of GoogLeNet, every experiment
// of "How to trick a neural network into thinking a panda is a vulture" (Julia Evans,
// Codewords, December 2015), and sets the published figures beside the measured ones.
//
// The article works in a notebook whose arithmetic is kept here: a picture is 224x224
// floats, a step adds a multiple of the sign of the gradient of a class's
// *probability*, and nothing is clipped or rounded unless said so. Steps are given in
// levels of 0..255, as the article gives them.
package article

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A Notebook holds what the experiments share: the model on pictures of one size, and the pictures
// that stand in for the article's photos.
type Notebook struct {
	Model   *model.Model
	Data    string // folder with images/ and datasets/, or "" without photos
	Threads int

	// Own, if not nil, is a picture of the reader's that plays all parts.
	Own *Own

	// Seed is the seed of the first drawing that is tried for a part, if the model knows drawings
	// and not photos.
	Seed uint64

	// Other says that the network is not the article's: then figures that would have to match are
	// only recorded beside the published ones. This is always so for a network of the sketchbook.
	Other bool

	imageNet   bool // the classes are ImageNet's, not the sketchbook's
	spec       preprocess.Spec
	classifier *model.Classifier
	ways       []*trail // the panda's ways to vulture, which several experiments use
}

// An Own is a picture of the reader's.
type Own struct {
	Name   string
	Pixels *tensor.Tensor // (1,3,H,W), RGB in [0,1], of any size
}

// sketchSide is the side of drawings that stand in for photos: that of GoogLeNet's pictures.
const sketchSide = 224

// NewNotebook prepares a model for the experiments. It must know the classes of ImageNet in the
// usual order, or those of the sketchbook. In the second case drawings play all parts, and figures
// are only recorded beside the published ones. If a data folder is named, it must exist.
func NewNotebook(m *model.Model, data string, threads int) (*Notebook, error) {
	nb := &Notebook{Model: m, Data: data, Threads: threads, imageNet: m.Labels.Len() == imageNetClasses, spec: m.Spec}
	if !nb.imageNet {
		if !knowsSketches(m) {
			return nil, fmt.Errorf("model %q has %d classes: the article's experiments need the %d of ImageNet, as googlenet has, or the sketchbook's", m.Name, m.Labels.Len(), imageNetClasses)
		}
		nb.spec.Height, nb.spec.Width = sketchSide, sketchSide
	}
	if data != "" {
		if _, err := os.ReadDir(data); err != nil {
			return nil, err
		}
	}
	var err error
	nb.classifier, err = m.Classifier(1, nb.spec.Height, nb.spec.Width, model.ClassifierOptions{Threads: threads, Own: true})
	return nb, err
}

// black returns the picture that needs no photo.
func (nb *Notebook) black() *tensor.Tensor {
	return tensor.New(1, nb.spec.Channels(), nb.spec.Height, nb.spec.Width)
}

// fit brings a picture to the notebook's size, in the model's own channels.
func (nb *Notebook) fit(pixels *tensor.Tensor) (*tensor.Tensor, error) {
	x, err := nb.spec.Geometry(pixels)
	if err != nil {
		return nil, err
	}
	return nb.spec.Own(x), nil
}

// images returns the folder of photos: images/ in the data folder, or the data folder itself.
func (nb *Notebook) images() string {
	dir := filepath.Join(nb.Data, "images")
	if _, err := os.Stat(dir); err != nil {
		return nb.Data
	}
	return dir
}

// photo loads the picture for a part, at the notebook's size: the reader's own picture, or a
// drawing, or the photo whose file name contains word.
func (nb *Notebook) photo(word string) (x *tensor.Tensor, name string, err error) {
	switch {
	case nb.Own != nil:
		x, err := nb.fit(nb.Own.Pixels)
		return x, nb.Own.Name, err
	case !nb.imageNet:
		return nb.drawing(sketchOfPhoto[word])
	case nb.Data == "":
		return nil, "", report.Missing{What: "photos: set HOODWINK_DATA or --data"}
	}
	dir := nb.images()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, "", err
	}
	for _, e := range entries {
		if !e.IsDir() && strings.Contains(e.Name(), word) {
			pic, err := preprocess.ReadFile(filepath.Join(dir, e.Name()), preprocess.Limits{})
			if err != nil {
				return nil, "", err
			}
			x, err := nb.fit(pic.Pixels)
			return x, e.Name(), err
		}
	}
	return nil, "", report.Missing{What: fmt.Sprintf("photo with %q in its name in %s", word, dir)}
}

// probs classifies pixels.
func (nb *Notebook) probs(x *tensor.Tensor) []float64 {
	logits := nb.classifier.Forward(x).Data
	p := make([]float64, len(logits))
	attack.Softmax(p, logits)
	return p
}

// gradient is the article's compute_gradient: the gradient of the probability of a class with
// respect to pixels in 0..255.
func (nb *Notebook) gradient(x *tensor.Tensor, class int) (*tensor.Tensor, error) {
	g, err := hoodwink.Gradient(nb.Model, x, class, attack.Probability, nb.Threads)
	if err != nil {
		return nil, err
	}
	for i := range g.Pixels.Data {
		g.Pixels.Data[i] /= 255
	}
	return g.Pixels, nil
}

// stepped returns x + levels/255 * sign(g).
func stepped(x, g *tensor.Tensor, levels float64) *tensor.Tensor {
	y := x.Clone()
	for i, v := range g.Data {
		y.Data[i] += float32(levels/255) * tensor.Sign(v)
	}
	return y
}

// rounded returns x with every value rounded to a whole level, half away from zero, and not
// clipped.
func rounded(x *tensor.Tensor) *tensor.Tensor {
	y := x.Clone()
	for i, v := range y.Data {
		y.Data[i] = float32(math.Round(float64(v)*255) / 255)
	}
	return y
}

// A trail is a run of small steps with everything the figures need.
type trail struct {
	probs [][]float64 // by step, then class
	tops  []int       // top class by step
	start *tensor.Tensor
	end   *tensor.Tensor
	grad  *tensor.Tensor // of the first step

	file   string  // of the picture
	levels float64 // size of a step
}

// walk takes steps of the given size in levels towards a class, or away from it. It computes the
// gradient anew each time and does not clip.
func (nb *Notebook) walk(
	ctx context.Context, x *tensor.Tensor, class int, toward bool, steps int, levels float64,
) (*trail, error) {
	t := &trail{start: x}
	o := attack.Options{Threads: nb.Threads, Observe: func(s attack.Step) {
		probs := make([]float64, len(s.Logits))
		attack.Softmax(probs, s.Logits)
		t.probs, t.tops = append(t.probs, probs), append(t.tops, tensor.Argmax(s.Logits))
		if s.Grad != nil && t.grad == nil {
			t.grad = tensor.FromSlice(append([]float32(nil), s.Grad...), x.Shape...)
		}
		if s.Step == steps {
			t.end = tensor.FromSlice(append([]float32(nil), s.Pixels...), x.Shape...)
		}
	}}
	bim := attacks.BIM{Loss: attack.Probability, Steps: steps, StepSize: levels / 255}
	goal := func(int) attack.Goal { return never{class, toward} }
	_, _, err := attack.Pictures(ctx, attack.Unbounded(nb.classifier), bim, attack.Threat{}, o, x, math.Inf(1), goal)
	if err != nil {
		return nil, err
	}
	if t.end == nil {
		return nil, fmt.Errorf("the walk of %d steps ended early", steps)
	}
	return t, nil
}

// never is a goal that is never met, for a fixed number of steps.
type never struct {
	class  int
	toward bool
}

func (never) Met([]float32) bool { return false }
func (n never) Direct(d *attack.Direction, _ []float32) {
	if n.toward {
		attack.Direct(d, []int{n.class}, nil)
	} else {
		attack.Direct(d, nil, []int{n.class})
	}
}
func (n never) Check(classes int) error {
	return attack.Targeted{Class: n.class}.Check(classes)
}
