package hoodwink

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"hoodwink/attack"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// write writes the picture that was found, and judges the file. Where a file stands already, or only one
// that fools is wanted, it is written and judged aside first: a picture that does not fool never takes
// the place of one that does.
func (res *FoolResult) write(r FoolRequest, x, found *tensor.Tensor, rec *Record) error {
	if _, err := os.Stat(r.Output); err != nil && !r.OnlyFooling {
		if err := preprocess.WritePNG(r.Output, found, rec.texts()); err != nil {
			return &WriteError{r.Output, err}
		}
		return res.verify(r, r.Output, x, found)
	}
	dir, remove, err := atomicfile.Folder(filepath.Dir(r.Output))
	if err != nil {
		return &WriteError{r.Output, err}
	}
	defer remove()
	aside := filepath.Join(dir, "picture.png")
	if err := preprocess.WritePNG(aside, found, rec.texts()); err != nil {
		return &WriteError{r.Output, err}
	}
	if err := res.verify(r, aside, x, found); err != nil {
		return err
	}
	switch {
	case r.OnlyFooling && res.Verdict != report.Fooled:
		res.Output = ""
		return nil
	case !res.SuccessFile && r.fools(r.Output):
		res.Output, res.Kept = "", r.Output
		return nil
	}
	if err := atomicfile.Install(aside, r.Output); err != nil {
		return &WriteError{r.Output, err}
	}
	return nil
}

// A WriteError says that a result could not be written.
type WriteError struct {
	File string
	Err  error
}

// Error implements error.
func (e *WriteError) Error() string {
	cause := e.Err
	if told := (*preprocess.Error)(nil); errors.As(cause, &told) { // which names a file aside
		cause = told.Err
	}
	return fmt.Sprintf("%s: cannot be written: %v", e.File, files.Cause(cause))
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// fools reports whether a file holds a picture that meets the goal.
func (r *FoolRequest) fools(file string) bool {
	pic, err := preprocess.ReadFile(file, r.Limits)
	if err != nil {
		return false
	}
	logits, err := classify(r.Model, pic.Pixels, r.Threads)
	return err == nil && r.Criterion.Met(logits)
}

// verify reads the written file back, classifies it anew and measures it. The pixels of colours take
// the memory of what was written, which is not that of x: of a photo of 12 million pixels, 144 MB.
func (res *FoolResult) verify(r FoolRequest, file string, x, written *tensor.Tensor) error {
	pic, err := preprocess.ReadFileInto(file, preprocess.Limits{MaxPixels: math.MaxInt, MaxBytes: math.MaxInt64}, written)
	if err != nil {
		return fmt.Errorf("reading back what was written: %w", err)
	}
	res.Adversarial = r.Model.Spec.Own(pic.Pixels)
	logits, err := classify(r.Model, pic.Pixels, r.Threads)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Output, err)
	}
	classes, _ := attack.Classes(r.Criterion)
	res.SuccessFile = r.Criterion.Met(logits)
	res.ProbFile = probability(r.Model, logits, classes)
	res.Top = predictions(r.Model, logits)
	res.Linf, res.L2, res.L0 = distances(res.Adversarial.Data, x.Data)
	res.Verdict = res.Judge()
	return nil
}

// distances measures a change in pixel units of [0,1]. Changes of whole levels are counted in
// levels: the float32 of 3/255 minus that of 1/255 is not exactly 2/255.
func distances(a, b []float32) (linf, l2 float64, l0 int) {
	for i, v := range a {
		if v == b[i] {
			continue
		}
		d := 255 * (float64(v) - float64(b[i]))
		if whole := math.Round(d); math.Abs(d-whole) < 1e-4 {
			d = whole
		}
		d /= 255
		linf = math.Max(linf, math.Abs(d))
		l2 += d * d
		l0++
	}
	return linf, math.Sqrt(l2), l0
}
