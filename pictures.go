package hoodwink

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"path/filepath"
	"slices"

	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/report"
)

// amplification returns the factor by which the perturbation is enlarged to be visible: its largest
// change gets full contrast, but the factor is at most 50.
func (res *FoolResult) amplification() float64 {
	if res.Linf == 0 {
		return 1
	}
	return math.Max(1, math.Min(50, math.Floor(0.5/res.Linf)))
}

// Chart returns the probability curves of the run over its steps, with a mark where it first
// fooled.
func (res *FoolResult) Chart() report.Curves { return Chart(res.Curves, res.Target, res.labels) }

// Chart returns the probability curves of the steps recorded so far: of the goal's class, and of
// those that were likeliest at any step. If a step was judged twice, as floats and rounded, the
// second counts.
func Chart(r *attack.Recorder, goal int, labels *model.Labels) report.Curves {
	c := report.Curves{Title: "What the network believes", XLabel: "step", Percent: true}
	points := lastOfSteps(r.Points)
	for _, class := range charted(r, goal) {
		curve := r.Curve(class)
		s := report.Series{Name: labels.Class(class).Label, Y: make([]float64, len(points))}
		for x, i := range points {
			s.Y[x] = curve[i]
		}
		c.Series = append(c.Series, s)
	}
	for x, i := range points {
		if r.Points[i].Met {
			c.Marks = []report.Mark{{X: float64(x), Label: "fooled"}}
			break
		}
	}
	return c
}

// lastOfSteps returns, for every step, the point that counts: the last one.
func lastOfSteps(points []attack.Point) []int {
	var last []int
	for i, p := range points {
		if i+1 == len(points) || points[i+1].Step != p.Step || points[i+1].Restart != p.Restart {
			last = append(last, i)
		}
	}
	return last
}

// charted returns the classes that get a curve: the goal's, then those that were likeliest at any
// step, in the order of their peaks.
func charted(r *attack.Recorder, goal int) []int {
	const most, least = 6, 0.01 // number of curves, and the least probability that gets one
	type peak struct {
		class int
		attack.Peak
	}
	var peaks []peak
	for class, p := range r.Peaks() {
		if p.Prob >= least && class != goal {
			peaks = append(peaks, peak{class, p})
		}
	}
	slices.SortStableFunc(peaks, func(a, b peak) int { return cmp.Compare(b.Prob, a.Prob) })
	peaks = peaks[:min(most-1, len(peaks))]
	slices.SortStableFunc(peaks, func(a, b peak) int { return cmp.Compare(a.Point, b.Point) })
	classes := []int{goal}
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
	if res.Gradient != nil { // a nil picture in an interface would not be nil
		p.gradient = res.Gradient
	}
	return p, nil
}

// WritePage writes the run as one self-contained HTML page. It shows command as the command that
// makes it again, unless it is empty.
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
	from, to := res.Before[0], res.Top[0]
	if res.MultiLabel {
		from.Label, from.Prob = res.TargetLabel+" "+report.OnOff(res.ProbBefore), res.ProbBefore
		to.Label, to.Prob = res.TargetLabel+" "+report.OnOff(res.ProbFile), res.ProbFile
	}
	caption := func(p report.Prediction) string { return fmt.Sprintf("%.1f %%", 100*p.Prob) }
	return report.Montage{Tiles: []report.Tile{
		{Picture: p.original, Title: from.Label, Detail: caption(from)},
		{Picture: p.perturbation, Title: fmt.Sprintf("the change, times %.0f", res.amplification()), Detail: fmt.Sprintf("at most %.3g of 255 levels", 255*res.Linf)},
		{Picture: p.adversarial, Title: to.Label, Detail: caption(to) + ", read back from the file"},
	}}, nil
}

// Strip returns the path of top classes over the steps, in the colours of the chart.
func (res *FoolResult) Strip() report.PathStrip {
	strip := report.PathStrip{Title: "What the network saw, step by step", Steps: res.Path, Last: res.Steps}
	for _, s := range res.Chart().Series {
		strip.Key = append(strip.Key, s.Name)
	}
	return strip
}

// PictureFiles lists the files that WritePictures may write into a folder.
func PictureFiles(dir string) []string {
	var files []string
	for _, name := range []string{"montage.png", "perturbation.png", "gradient.png", "curves.svg", "curves.png", "path.svg", "path.png"} {
		files = append(files, filepath.Join(dir, name))
	}
	return files
}

// WritePictures writes montage, perturbation, gradient (if a step was taken), curves (SVG and PNG)
// and the path of top classes, if there is one, to a folder. PictureFiles lists the names.
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
	strip := res.Strip()
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
		if len(strip.Steps) > 0 {
			write("path"+ext, func(path string) error { return report.WriteDrawing(path, strip) })
		}
	}
	return err
}
