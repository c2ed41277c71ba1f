package hoodwink

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"path/filepath"
	"slices"

	"hoodwink/report"
)

// amplification is by how much the perturbation is enlarged to be seen: as much as
// shows its largest change in full contrast, and not more than 50.
func (res *FoolResult) amplification() float64 {
	if res.Linf == 0 {
		return 1
	}
	return math.Max(1, math.Min(50, math.Floor(0.5/res.Linf)))
}

// Chart returns the probability curves of the run over its steps, marked where it
// first fooled.
func (res *FoolResult) Chart() report.Curves {
	c := report.Curves{Title: "What the network believes", XLabel: "step", Percent: true}
	steps := res.steps()
	for _, class := range res.charted() {
		curve := res.Curves.Curve(class)
		s := report.Series{Name: res.label(class)}
		for _, i := range steps {
			s.Y = append(s.Y, curve[i])
		}
		c.Series = append(c.Series, s)
	}
	for x, i := range steps {
		if res.Curves.Points[i].Met {
			c.Marks = []report.Mark{{X: float64(x), Label: "fooled"}}
			break
		}
	}
	return c
}

// steps returns, for every step, the point that counts: the last one, since a step
// may be judged as floats and then rounded.
func (res *FoolResult) steps() []int {
	var steps []int
	points := res.Curves.Points
	for i, p := range points {
		if i+1 == len(points) || points[i+1].Step != p.Step || points[i+1].Restart != p.Restart {
			steps = append(steps, i)
		}
	}
	return steps
}

// charted returns the classes worth a curve: those of the goal, then those that were
// likeliest at any step, the first to peak first.
func (res *FoolResult) charted() []int {
	const most, least = 6, 0.01 // curves, and the probability that deserves one
	type peak struct {
		class, at int
		prob      float64
	}
	classes := []int{res.Target}
	var peaks []peak
	for k := range res.labels.Len() {
		p := peak{class: k}
		for i, v := range res.Curves.Curve(k) {
			if v > p.prob {
				p.at, p.prob = i, v
			}
		}
		if p.prob >= least && k != res.Target {
			peaks = append(peaks, p)
		}
	}
	slices.SortFunc(peaks, func(a, b peak) int { return cmp.Compare(b.prob, a.prob) })
	peaks = peaks[:min(most-1, len(peaks))]
	slices.SortStableFunc(peaks, func(a, b peak) int { return cmp.Compare(a.at, b.at) })
	for _, p := range peaks {
		classes = append(classes, p.class)
	}
	return classes
}

// images are the pictures of a run.
type images struct{ original, adversarial, perturbation, gradient image.Image }

func (res *FoolResult) images() (p images, err error) {
	if p.original, err = report.Picture(res.Original); err != nil {
		return p, err
	}
	if p.adversarial, err = report.Picture(res.Adversarial); err != nil {
		return p, err
	}
	if p.perturbation, err = report.PerturbationImage(res.Adversarial, res.Original, float32(res.amplification())); err != nil {
		return p, err
	}
	if res.Gradient != nil {
		p.gradient, err = report.GradientImage(res.Gradient)
	}
	return p, err
}

// WritePage writes the run as one self-contained HTML page. The command is shown as
// what makes it again; it may be empty.
func (res *FoolResult) WritePage(path, command string) error {
	p, err := res.images()
	if err != nil {
		return err
	}
	curves := res.Chart()
	page := report.RunPage{
		Fool: res.Fool, Original: p.original, Adversarial: p.adversarial,
		Perturbation: p.perturbation, Times: res.amplification(), Gradient: p.gradient,
		Curves: &curves, Command: command,
	}
	return page.Write(path)
}

// Montage returns original, perturbation and adversarial picture side by side.
func (res *FoolResult) Montage() (report.Montage, error) {
	p, err := res.images()
	if err != nil {
		return report.Montage{}, err
	}
	caption := func(ps []report.Prediction) string { return fmt.Sprintf("%.1f %%", 100*ps[0].Prob) }
	return report.Montage{Tiles: []report.Tile{
		{Picture: p.original, Title: res.Before[0].Label, Detail: caption(res.Before)},
		{Picture: p.perturbation, Title: fmt.Sprintf("the change, times %.0f", res.amplification()), Detail: fmt.Sprintf("at most %.3g of 255 levels", 255*res.Linf)},
		{Picture: p.adversarial, Title: res.Top[0].Label, Detail: caption(res.Top) + ", read back from the file"},
	}}, nil
}

// PictureFiles lists the files that WritePictures may write into a folder.
func PictureFiles(dir string) []string {
	var files []string
	for _, name := range []string{"montage.png", "perturbation.png", "gradient.png", "curves.svg", "curves.png", "path.svg", "path.png"} {
		files = append(files, filepath.Join(dir, name))
	}
	return files
}

// WritePictures writes montage, perturbation, gradient (if a step was taken), curves
// (SVG and PNG) and the path of top classes into a folder; PictureFiles has the names.
func (res *FoolResult) WritePictures(dir string) error {
	p, err := res.images()
	if err != nil {
		return err
	}
	montage, err := res.Montage()
	if err != nil {
		return err
	}
	chart := res.Chart()
	strip := report.PathStrip{Title: "What the network saw, step by step", Steps: res.Path, Last: res.Steps}
	for _, s := range chart.Series {
		strip.Key = append(strip.Key, s.Name)
	}
	write := func(name string, f func(path string) error) {
		if err == nil {
			err = f(filepath.Join(dir, name))
		}
	}
	write("montage.png", montage.WritePNG)
	write("perturbation.png", func(path string) error { return report.WriteImage(path, p.perturbation) })
	if p.gradient != nil {
		write("gradient.png", func(path string) error { return report.WriteImage(path, p.gradient) })
	}
	for _, ext := range []string{".svg", ".png"} {
		write("curves"+ext, func(path string) error { return report.WriteDrawing(path, chart) })
		write("path"+ext, func(path string) error { return report.WriteDrawing(path, strip) })
	}
	return err
}
