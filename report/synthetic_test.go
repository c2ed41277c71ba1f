package report_test

import (
	"image"
	"math"
	"math/rand/v2"

	"hoodwink/report"
	"hoodwink/tensor"
)

// walk returns the probabilities of five classes over n steps: a panda that becomes an
// ostrich and then a vulture.
func walk(n int) []report.Series {
	s := func(t float64) float64 { return 1 / (1 + math.Exp(-t)) }
	series := []report.Series{
		{Name: "giant panda"}, {Name: "vulture"}, {Name: "ostrich"}, {Name: "lesser panda"}, {Name: "black-footed ferret"},
	}
	for i := range n {
		t := 100 * float64(i) / float64(n)
		panda, vulture := 1-s((t-25)/4), s((t-55)/6)
		for k, y := range []float64{
			0.995 * panda, 0.989 * vulture, 0.8 * (1 - panda) * (1 - vulture), 0.05 * (1 - panda) * (1 - vulture), 0.004 * (1 - vulture),
		} {
			series[k].Y = append(series[k].Y, y)
		}
	}
	return series
}

func pandaPath() []report.PathStep {
	return []report.PathStep{
		{Step: 0, Class: 388, Label: "giant panda"}, {Step: 26, Class: 9, Label: "ostrich"},
		{Step: 30, Class: 388, Label: "giant panda"}, {Step: 31, Class: 9, Label: "ostrich"},
		{Step: 54, Class: 23, Label: "vulture"},
	}
}

// scene is a picture (1,3,h,w) of soft discs, and the same with noise of at most two levels.
func scene(h, w int) (orig, adv *tensor.Tensor) {
	orig, adv = tensor.New(1, 3, h, w), tensor.New(1, 3, h, w)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range orig.Data {
		c, y, x := i/(h*w), float64(i/w%h)/float64(h), float64(i%w)/float64(w)
		d := math.Hypot(x-0.3-0.2*float64(c), y-0.5)
		orig.Data[i] = float32(0.1 + 0.8*math.Exp(-12*d*d))
		adv.Data[i] = orig.Data[i] + float32(r.IntN(5)-2)/255
	}
	return orig, adv
}

func mustPicture(img *image.RGBA, err error) *image.RGBA {
	if err != nil {
		panic(err)
	}
	return img
}

func pandaPage() *report.RunPage {
	orig, adv := scene(60, 80)
	curves := report.Curves{XLabel: "step", YLabel: "probability", Percent: true, Series: walk(100)}
	return &report.RunPage{
		Fool: report.Fool{
			Input: "panda.jpg", Output: "panda_vulture.png", Model: "googlenet", ModelHash: "0123456789abcdef",
			Attack: "pgd", At: "file", Goal: report.GoalAs, Target: 23, TargetLabel: "vulture",
			Eps: 2.0 / 255, Norm: "Linf", SuccessFloat: true, SuccessFile: true, ProbBefore: 0.00001, ProbFile: 0.989,
			Before: []report.Prediction{{Class: 388, Synset: "n02510455", Label: "giant panda", Prob: 0.9957}, {Class: 387, Synset: "n02509815", Label: "lesser panda", Prob: 0.001}},
			Top:    []report.Prediction{{Class: 23, Synset: "n01616318", Label: "vulture", Prob: 0.989}, {Class: 9, Synset: "n01518878", Label: "ostrich", Prob: 0.0071}},
			Linf:   2.0 / 255, L2: 0.61, L0: 11520, Steps: 99, Forwards: 101, Backwards: 99, Seconds: 12.34, Seed: 7,
			Path: pandaPath(), Version: "0.1.0",
		},
		Original: mustPicture(report.Picture(orig)), Adversarial: mustPicture(report.Picture(adv)),
		Perturbation: mustPicture(report.PerturbationImage(adv, orig, 50)), Times: 50,
		Gradient: mustPicture(report.GradientImage(orig)),
		Curves:   &curves,
		Command:  "hoodwink fool panda.jpg --as vulture --eps 2/255",
	}
}

func articlePage() *report.ArticlePage {
	orig, adv := scene(60, 80)
	return &report.ArticlePage{
		Lead: "First paragraph.\n\nSecond paragraph.",
		Experiments: []report.Experiment{
			{
				Number: "2", Title: "A black picture", Text: "Nothing at all.",
				Rows: []report.Row{
					{Name: "velvet (885)", Published: "27.38", Measured: "27.38", Verdict: report.Match, Note: "± 0.01"},
					{Name: "wool (911)", Published: "6.19", Measured: "7.31", Verdict: report.MustMatchFailed},
					{Name: "sum of |gradient|", Measured: "0.2019", Verdict: report.Recorded},
				},
				Figures: []report.Figure{{Title: "First pixels", Listing: "0.0 0.9\n0.9 0.0", Caption: "Values as they are."}},
			},
			{
				Number: "7", Title: "The panda becomes a vulture",
				Rows: []report.Row{
					{Name: "vulture", Published: "98.9", Measured: "97.2", Verdict: report.BehaviourReproduced},
					{Name: "the Queen", Published: "shower cap", Verdict: report.Skipped, Note: "no photo was given"},
				},
				Figures: []report.Figure{
					{
						Tiles:    []report.Tile{{Picture: mustPicture(report.Picture(orig)), Title: "before"}, {Picture: mustPicture(report.Picture(adv)), Title: "after", Detail: "vulture"}},
						Rankings: []report.Ranking{{Title: "after", Predictions: []report.Prediction{{Class: 23, Label: "vulture", Prob: 0.972}}}},
					},
					{Drawing: report.Curves{Title: "On the way", Percent: true, Series: walk(50)}},
					{Drawing: report.PathStrip{Steps: pandaPath(), Last: 99}},
					{Matrix: &report.Matrix{Corner: "made for", Columns: []string{"softmax", "maxout"}, Rows: []string{"softmax"}, Shares: [][]float64{{0.999, 0.5}}}},
				},
			},
		},
		Settings: []report.Setting{{Name: "Network", Value: "googlenet"}},
		Command:  "hoodwink reproduce article",
	}
}
