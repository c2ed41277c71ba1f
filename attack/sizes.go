package attack

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hoodwink/tensor"
)

// A SizeError says that an eps or a step makes no sense, and what was perhaps meant.
type SizeError struct{ Msg, Advice string }

// Error implements error.
func (e *SizeError) Error() string { return e.Msg }

// Hint says what to give instead.
func (e *SizeError) Hint() string { return e.Advice }

// ParseSize reads a size of perturbations: 0.03 or 8/255 in pixel units, or 10 where the norm
// counts. Errors are of type *[SizeError].
func (n Norm) ParseSize(s string) (float64, error) {
	num, den, fraction := strings.Cut(s, "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	d := 1.
	if err == nil && fraction {
		d, err = strconv.ParseFloat(strings.TrimSpace(den), 64)
	}
	what := norms[n].unit
	switch {
	case what.counted != "" && (err != nil || fraction || !(v >= 0) || v != math.Floor(v) || math.IsInf(v, 1)):
		return 0, &SizeError{fmt.Sprintf("%s: want a whole number of %s", s, what.counted), what.hint(n)}
	case err != nil || !(v >= 0) || !(d > 0) || !(v/d <= math.MaxFloat64):
		return 0, &SizeError{s + ": want a size of at least 0, such as 0.03 or 8/255", what.hint(n)}
	}
	return v / d, nil
}

// FormatSize writes a size as people do, so that ParseSize reads the same: 8/255, if it is a whole
// number of levels of a pixel, and otherwise a number.
func (n Norm) FormatSize(v float64) string {
	if levels := math.Round(v * 255); norms[n].counted == "" && levels > 0 && levels < 255 && levels/255 == v {
		return fmt.Sprintf("%g/255", levels)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (u unit) hint(n Norm) string {
	if u.counted != "" {
		return fmt.Sprintf("%v counts %s: for example %s", n, u.counted, u.example)
	}
	return "for example " + u.example
}

// CheckSize returns an error, a *[SizeError], for a size of perturbations (an eps or a step) that
// cannot be meant: below 0, not a number, not a whole number where the norm counts, or larger than
// the way from a black to a white picture of the shape (1,C,H,W). It may be nil if the picture
// is not known yet. +Inf means no limit.
//
// levels is the number of levels of the file that the picture becomes, as in [Threat], or 0
// if the target is floats. A size of less than half a level is refused as well, since no value of
// the file could change. A size of 0 is not refused: it says so itself.
func (n Norm) CheckSize(size float64, shape []int, levels int) error {
	row := norms[n]
	channels, pixels := 1, math.MaxInt
	if k := len(shape); k >= 3 {
		channels, pixels = shape[k-3], shape[k-2]*shape[k-1]
	}
	whole := row.span(channels, pixels)
	switch half := 0.5 / float64(levels-1); {
	case row.counted != "" && !(size >= 0 && (size == math.Floor(size))):
		return &SizeError{fmt.Sprintf("%g is not a number of %s: want a whole number, 0 or more", size, row.counted), row.hint(n)}
	case !(size >= 0):
		return &SizeError{fmt.Sprintf("%g is not a size: want 0 or more, in pixel units of [0,1]", size), row.hint(n)}
	case size > whole && !math.IsInf(size, 1):
		return n.tooLarge(size, whole, shape)
	case row.counted == "" && levels > 1 && size > 0 && size < half:
		return &SizeError{fmt.Sprintf("%.3g/%d is less than half a level of a file with %d of them: no value of it can change",
			size*float64(levels-1), levels-1, levels), fmt.Sprintf("give 1/%d or more", levels-1)}
	}
	return nil
}

func (n Norm) tooLarge(size, whole float64, shape []int) error {
	row := norms[n]
	if row.counted != "" {
		return &SizeError{fmt.Sprintf("%g is more than all %g %s of the picture", size, whole, row.counted), row.hint(n)}
	}
	msg := fmt.Sprintf("%g is more than the whole range of a pixel, which is from 0 to 1", size)
	if whole != 1 {
		msg = fmt.Sprintf("%g is more than lies between a black and a white picture of %d values, which is %.4g in %s",
			size, tensor.Size(shape), whole, strings.ToUpper(n.String()))
	}
	advice := "sizes are in pixel units of [0,1]: one of 255 levels is 1/255"
	if round := math.Round(size*100) == size*100; round && size/255 <= whole { // 8, not 300/255
		advice = fmt.Sprintf("did you mean %g/255? %s", size, advice)
	}
	return &SizeError{msg, advice}
}
