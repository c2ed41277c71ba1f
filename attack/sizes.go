package attack

import (
	"fmt"
	"math"
)

// A SizeError says that an eps or a step makes no sense, and what was perhaps meant.
type SizeError struct{ Msg, Advice string }

// Error implements error.
func (e *SizeError) Error() string { return e.Msg }

// Hint says what to give instead.
func (e *SizeError) Hint() string { return e.Advice }

// CheckSize returns an error, a *[SizeError], for a size of perturbations (an eps or a step, in
// pixel units of [0,1]) that cannot be meant: below 0, not a number, or larger than the whole box
// [0,1]. The box measures 1 in Linf, and in L2 the square root of values, the number of values of a
// picture. values may be 0 if the picture is not known yet. +Inf means no limit.
//
// levels is the number of levels of the file that the picture becomes, as in [Problem.Levels], or 0
// if the target is floats. A size of less than half a level is refused as well, since no value of
// the file could change. A size of 0 is not refused: it says so itself.
func (n Norm) CheckSize(size float64, values, levels int) error {
	whole := 1.
	if n == L2 {
		whole = math.Inf(1)
		if values > 0 {
			whole = math.Sqrt(float64(values))
		}
	}
	switch half := 0.5 / float64(levels-1); {
	case !(size >= 0):
		return &SizeError{fmt.Sprintf("%g is not a size: want 0 or more, in pixel units of [0,1]", size), "for example 2/255"}
	case size > whole && !math.IsInf(size, 1):
		return n.tooLarge(size, whole, values)
	case levels > 1 && size > 0 && size < half:
		return &SizeError{fmt.Sprintf("%.3g/%d is less than half a level of a file with %d of them: no value of it can change",
			size*float64(levels-1), levels-1, levels), fmt.Sprintf("give 1/%d or more", levels-1)}
	}
	return nil
}

func (n Norm) tooLarge(size, whole float64, values int) error {
	msg := fmt.Sprintf("%g is more than the whole range of a pixel, which is from 0 to 1", size)
	if n == L2 {
		msg = fmt.Sprintf("%g is more than lies between a black and a white picture of %d values, which is %.4g in L2", size, values, whole)
	}
	advice := "sizes are in pixel units of [0,1]: one of 255 levels is 1/255"
	if round := math.Round(size*100) == size*100; round && size/255 <= whole { // 8, not 300/255
		advice = fmt.Sprintf("did you mean %g/255? %s", size, advice)
	}
	return &SizeError{msg, advice}
}
