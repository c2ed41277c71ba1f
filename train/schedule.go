package train

import (
	"fmt"
	"math"

	"hoodwink/internal/names"
)

// A Shape says how the learning rate changes during training.
type Shape int

// The shapes. Progress p runs from 0 at the beginning of training to 1 at its end.
const (
	Constant Shape = iota
	Cosine         // (1 + cos(pi p))/2 (Loshchilov, Hutter 2017, arXiv:1608.03983)
	Cyclic         // linearly up to 1 at p = 0.4, then linearly down to 0, as in arXiv:2001.03994
	Step           // 1, and multiplied by Factor at each of the marks
)

var shapeNames = []string{"constant", "cosine", "cyclic", "step"}

// String returns the name that ParseShape understands.
func (s Shape) String() string { return names.Of(int(s), shapeNames, "Shape") }

// MarshalText writes the name.
func (s Shape) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseShape returns the shape of a name: "constant", "cosine", "cyclic" or "step".
func ParseShape(name string) (Shape, error) {
	i, err := parseName(name, shapeNames, "schedule")
	return Shape(i), err
}

// cyclicPeak is the progress at which a cyclic rate is largest.
const cyclicPeak = 0.4

// A Schedule says what share of the learning rate a step uses. The zero value always uses all of
// it.
type Schedule struct {
	Shape  Shape
	Marks  []float64 // of Step, as progress in (0,1), ascending; nil means 0.5 and 0.75
	Factor float64   // of Step; 0 means 0.1
	WarmUp float64   // share of training, in [0,1), in which the rate first grows linearly
}

// Share returns the share at a progress in [0,1]. After a warm-up, the shape extends over the rest
// of training.
func (s Schedule) Share(progress float64) float64 {
	if progress < s.WarmUp {
		return progress / s.WarmUp
	}
	p := (progress - s.WarmUp) / (1 - s.WarmUp)
	switch s.Shape {
	case Cosine:
		return (1 + math.Cos(math.Pi*p)) / 2
	case Cyclic:
		return max(0, min(p/cyclicPeak, (1-p)/(1-cyclicPeak)))
	case Step:
		share, factor := 1.0, s.Factor
		setDefault(&factor, 0.1)
		marks := s.Marks
		if marks == nil {
			marks = []float64{0.5, 0.75}
		}
		for _, m := range marks {
			if p >= m {
				share *= factor
			}
		}
		return share
	}
	return 1
}

// share returns the share of step i (from 0) of n. It is never 0 at the first step, even for shapes
// and warm-ups that begin at 0.
func (s Schedule) share(i, n int) float64 {
	done := float64(i)
	if s.Shape == Cyclic || done < float64(s.WarmUp*float64(n)) {
		done++
	}
	return s.Share(done / float64(n))
}

func (s Schedule) check() error {
	if s.Shape < Constant || s.Shape > Step {
		return &Error{Msg: fmt.Sprintf("there is no schedule %v", s.Shape)}
	}
	if !(s.WarmUp >= 0 && s.WarmUp < 1) {
		return &Error{Msg: fmt.Sprintf("warm-up takes %g of the training", s.WarmUp), Advice: "want a share of 0 or more and less than 1"}
	}
	if !(s.Factor >= 0) || math.IsInf(s.Factor, 1) {
		return &Error{Msg: fmt.Sprintf("the factor of a step is %g", s.Factor), Advice: "want 0 (for 0.1) or more"}
	}
	for i, m := range s.Marks {
		if !(m > 0 && m < 1) || i > 0 && m <= s.Marks[i-1] {
			return &Error{Msg: fmt.Sprintf("the marks of the schedule are %v", s.Marks), Advice: "want shares of the training in (0,1), ascending"}
		}
	}
	return nil
}
