package article

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// Settings of the small classifiers that the article's later steps train.
const (
	digitEps    = 0.25 // the paper's, for MNIST in [0,1]
	templatePix = 32   // side of the photos that linear templates are trained on
)

// digits returns threes (label 0) and sevens (label 1) of MNIST.
func (nb *Notebook) digits() (train, test *dataset.Set, err error) {
	dir, ok := dataset.FindMNIST(nb.Data)
	switch {
	case !ok && nb.Data == "":
		return nil, nil, report.Missing{What: "MNIST: set HOODWINK_DATA or --data"}
	case !ok:
		return nil, nil, report.Missing{What: "MNIST in " + filepath.Join(nb.Data, "datasets", "mnist")}
	}
	if train, err = dataset.MNIST(dir, "train"); err != nil {
		return nil, nil, err
	}
	if test, err = dataset.MNIST(dir, "t10k"); err != nil {
		return nil, nil, err
	}
	return train.Only(3, 7), test.Only(3, 7), nil
}

// linearBatch is how many pictures a linear classifier is asked about together.
const linearBatch = 64

// attacked returns the error of a linear classifier on a set after one step of the gradient's sign,
// clipped to valid pixels.
func attacked(ctx context.Context, l *train.Linear, set *dataset.Set, eps float64) (float64, *tensor.Tensor, error) {
	leave := func(i int) attack.Goal { return attack.Misclassification{Classes: set.Labels[i : i+1]} }
	fgsm, m := attacks.FGSM{Loss: attack.LogProbability}, l.Model(min(linearBatch, set.Len()), 0, 1)
	x, _, err := attack.Pictures(ctx, m, fgsm, attack.Threat{}, attack.Options{}, set.Images, eps, leave)
	if err != nil {
		return 0, nil, err
	}
	return l.ErrorRate(x, set.Labels), x, nil
}

func (nb *Notebook) linear(ctx context.Context, e *report.Experiment) error {
	e.Figures = append(e.Figures, report.Figure{Title: "S(t) = 1/(1+exp(-t))", Drawing: report.Sigmoid()})
	return e.Parts(
		report.Part{Name: "templates of a linear classifier", Run: func() error { return nb.templates(ctx, e) }},
		report.Part{Name: "threes and sevens", Run: func() error { return nb.threesAndSevens(ctx, e) }})
}

// threesAndSevens trains logistic regression on MNIST and breaks it.
func (nb *Notebook) threesAndSevens(ctx context.Context, e *report.Experiment) error {
	learn, test, err := nb.digits()
	if err != nil {
		return err
	}
	l, err := train.Logistic(ctx, learn.Images, learn.Labels, train.Options{Momentum: 0.9})
	if err != nil {
		return err
	}
	clean := l.ErrorRate(test.Images, test.Labels)
	fooled, x, err := attacked(ctx, l, test, digitEps)
	if err != nil {
		return err
	}
	behaves(e, "linear.clean", report.Points(100*clean), clean < 0.03, "alike if below 3 %")
	behaves(e, "linear.attacked", report.Points(100*fooled), fooled > 0.9, "pixels clipped to [0,1]; alike if above 90 %")
	weights, err := report.GradientImage(gray3(l.Template(1)))
	if err != nil {
		return err
	}
	seven, err := report.Picture(gray3(test.Images))
	if err != nil {
		return err
	}
	after, err := report.Picture(gray3(x))
	if err != nil {
		return err
	}
	before, now := l.Predict(test.Images)[0], l.Predict(x)[0]
	e.Figures = append(e.Figures, report.Figure{Tiles: []report.Tile{
		{Picture: report.Enlarge(weights, 280), Title: "weights", Detail: "light: ink speaks for 7"},
		{Picture: report.Enlarge(seven, 280), Title: digitName(before), Detail: "a digit of the test set"},
		{Picture: report.Enlarge(after, 280), Title: digitName(now), Detail: "0.25 along the signs"},
	}})
	return nil
}

func digitName(label int) string { return [2]string{"a three", "a seven"}[label] }

// gray3 is the first picture of a gray batch as RGB (1,3,H,W).
func gray3(x *tensor.Tensor) *tensor.Tensor {
	h, w := x.Shape[len(x.Shape)-2], x.Shape[len(x.Shape)-1]
	out := tensor.New(1, 3, h, w)
	for c := range 3 {
		copy(out.Data[c*h*w:(c+1)*h*w], x.Data[:h*w])
	}
	return out
}

// templates trains softmax regression on the photos, one class each, and shows the
// weights of a few classes; then it nudges the panda along them.
func (nb *Notebook) templates(ctx context.Context, e *report.Experiment) error {
	if nb.Data == "" {
		return report.Missing{What: "photos: set HOODWINK_DATA or --data"}
	}
	files, err := dataset.Walk(nb.images())
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return report.Missing{What: "photos in " + nb.images()}
	}
	spec, err := preprocess.Preset("raw", templatePix, templatePix)
	if err != nil {
		return err
	}
	spec.Antialias = true
	x, labels := tensor.New(len(files), 3, templatePix, templatePix), make([]int, len(files))
	index := map[string]int{}
	for i, f := range files {
		pic, err := preprocess.ReadFile(f, preprocess.Limits{})
		if err != nil {
			return err
		}
		small, err := spec.Geometry(pic.Pixels)
		if err != nil {
			return err
		}
		copy(x.Image(i), small.Data)
		labels[i] = i
		index[className(f)] = i
	}
	l, err := train.Softmax(ctx, x, labels, len(files), train.Options{Epochs: 200, Batch: -1, LearningRate: 0.05, Momentum: 0.9, L2: 1e-3})
	if err != nil {
		return err
	}
	return nb.showTemplates(e, l, x, index)
}

// className reads the class from a file named n07742313_Granny_Smith.JPEG: "granny smith".
func className(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if _, name, ok := strings.Cut(base, "_"); ok {
		base = name
	}
	return strings.ToLower(strings.ReplaceAll(base, "_", " "))
}

// showTemplates draws the weights of the article's classes and checks the article's statements
// about their colours.
func (nb *Notebook) showTemplates(e *report.Experiment, l *train.Linear, x *tensor.Tensor, index map[string]int) error {
	var tiles []report.Tile
	for _, name := range []string{"granny smith", "menu", "giant panda", "vulture"} {
		i, ok := index[name]
		if !ok {
			return report.Missing{What: fmt.Sprintf("photo of class %q", name)}
		}
		t := l.Template(i)
		img, err := report.GradientImage(t.Reshape(1, 3, templatePix, templatePix))
		if err != nil {
			return err
		}
		r, g, b := channelMeans(t)
		tiles = append(tiles, report.Tile{Picture: report.Enlarge(img, 256), Title: name, Detail: "its weights"})
		switch name {
		case "granny smith":
			behaves(e, "linear.granny-smith", colours(r, g, b), g > r && g > b, "means of red, green and blue; alike if green is the largest")
		case "menu":
			behaves(e, "linear.menu", colours(r, g, b), min(r, g, b) > 0, "means of red, green and blue; alike if all are positive")
		}
	}
	e.Figures = append(e.Figures, report.Figure{Title: "Templates of a linear classifier", Caption: "Softmax regression on the photos, 32x32 pixels, one photo a class.", Tiles: tiles})
	from, to := index["giant panda"], index["vulture"]
	eps := l.Flip(x.Image(from), from, to, attack.Linf, float32(math.Inf(-1)), float32(math.Inf(1))).Size
	record(e, "linear.flip", fmt.Sprintf("%.2f/255", 255*eps), "in closed form: margin / L1 norm of the difference of the weights")
	return nil
}

func colours(r, g, b float64) string { return fmt.Sprintf("%+.3g %+.3g %+.3g", r, g, b) }

func channelMeans(t *tensor.Tensor) (r, g, b float64) {
	n := len(t.Data) / 3
	mean := func(x []float32) float64 {
		var s float64
		for _, v := range x {
			s += float64(v)
		}
		return s / float64(len(x))
	}
	return mean(t.Data[:n]), mean(t.Data[n : 2*n]), mean(t.Data[2*n:])
}

func (nb *Notebook) harness(ctx context.Context, e *report.Experiment) error {
	learn, test, err := nb.digits()
	if err != nil {
		return err
	}
	var errs [2]float64
	for i, eps := range []float64{0, digitEps} {
		l, err := train.Logistic(ctx, learn.Images, learn.Labels, train.Options{Momentum: 0.9, Eps: eps, Hi: 1})
		if err != nil {
			return err
		}
		clean := l.ErrorRate(test.Images, test.Labels)
		if errs[i], _, err = attacked(ctx, l, test, digitEps); err != nil {
			return err
		}
		record(e, [2]string{"harness.plain", "harness.hardened"}[i], report.Points(100*clean)+", "+report.Points(100*errs[i]), "")
	}
	behaves(e, "harness.harder", report.Points(100*errs[0])+" → "+report.Points(100*errs[1]), errs[1] < errs[0]-0.1, "error under attack; alike if it falls by 10 points")
	return nil
}
