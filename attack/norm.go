package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"hoodwink/internal/names"
)

// A Norm says how the size of a perturbation is measured: over all values of one picture, in pixel
// units of [0,1] or, for L0 and L0Values, as a count.
//
// A norm is a row of the table below and a file with the row's functions. Nothing else in this
// package knows one norm from another.
type Norm int

// The norms. L0 counts pixels: places where any channel changes, as Croce and Hein do in "Sparse
// and Imperceivable Adversarial Attacks", arXiv:1909.05040. L0Values counts values, so that a pixel
// of three channels may count three times. In a picture of one channel they are the same.
const (
	Linf     Norm = iota // the largest change of any value
	L2                   // the Euclidean length of the change
	L1                   // the sum of all changes
	L0                   // the number of pixels that change
	L0Values             // the number of values that change
)

// A row is what a norm can do. Pictures v are of the ball's shape and are changed in place; pixels
// that the mask protects have been set to the original's before.
type row interface {
	// distance returns the norm of a-b, for pictures of some channels.
	distance(a, b []float32, channels int) float64

	// ascend adds to v a step of a size along a gradient, as Ball.Ascend says.
	ascend(b *Ball, v, grad []float32, size float64)

	// confine and project bring v into the ball and its bounds, for an Eps that is positive and
	// finite. project finds the nearest point.
	confine(b *Ball, v []float32)
	project(b *Ball, v []float32)

	// random sets v to a random point, as Ball.Random says.
	random(b *Ball, v []float32, rng *rand.Rand)

	// radius returns eps in the unit in which round and apart measure: levels, or a count.
	radius(eps, top float64) float64

	// apart returns the distance of b.X from the nearest picture of the lattice.
	apart(b *Ball, l lattice) float64

	// round writes to dst a picture of the lattice near v and within the radius of b.X.
	round(b *Ball, l lattice, dst, v []float32)

	// dual returns the dual norm of a gradient, as Norm.Dual says.
	dual(grad []float32, channels int) float64

	// onto adds to v a change that the gradient w raises by gap, which the bounds allow, as Ball.Onto says.
	onto(b *Ball, v, w []float32, gap float64)

	// span returns the norm of a change of every value by 1.
	span(channels, pixels int) float64
}

// A unit is what a size of a norm is a number of.
type unit struct {
	counted string // "pixels" if it is a count, "" if it is in pixel units of [0,1]
	example string
}

// norms is the table.
var norms = [...]struct {
	name string
	row
	unit
	usual float64
}{
	Linf:     {"linf", linf{}, unit{"", "2/255"}, 8. / 255},
	L2:       {"l2", l2{}, unit{"", "2/255"}, 2},
	L1:       {"l1", l1{}, unit{"", "2/255"}, 12},
	L0:       {"l0", l0{}, unit{"pixels", "10"}, 10},
	L0Values: {"l0values", l0{values: true}, unit{"values", "10"}, 30},
}

// Norms lists the norms by name, in the order of their numbers.
func Norms() []string {
	list := make([]string, len(norms))
	for i := range norms {
		list[i] = norms[i].name
	}
	return list
}

// String returns the name that ParseNorm understands: "linf", "l2", "l1", "l0", "l0values".
func (n Norm) String() string { return names.Of(int(n), Norms(), "Norm") }

// ParseNorm returns the norm of a name in any case.
func ParseNorm(name string) (Norm, error) {
	i, err := parseName(name, Norms(), "norm")
	return Norm(i), err
}

// MarshalText implements encoding.TextMarshaler: the name.
func (n Norm) MarshalText() ([]byte, error) {
	if !n.valid() {
		return nil, fmt.Errorf("unknown norm %v", n)
	}
	return []byte(n.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Norm) UnmarshalText(text []byte) error {
	parsed, err := ParseNorm(string(text))
	if err == nil {
		*n = parsed
	}
	return err
}

func (n Norm) valid() bool { return n >= 0 && int(n) < len(norms) }

// DefaultEps returns the usual limit of a change: 8/255 in Linf, 2 in L2, 12 in L1 (that of Croce and
// Hein, arXiv:2103.01208, for small pictures), 10 pixels in L0.
func (n Norm) DefaultEps() float64 { return norms[n].usual }

// Counts returns what a size in this norm is a number of, "pixels" or "values". It is "" where
// sizes are in pixel units of [0,1].
func (n Norm) Counts() string { return norms[n].counted }

// Distance returns the norm of a-b, computed in float64. The pictures have the shape (C,H,W) with C
// channels; only L0 asks which values are of one pixel.
func (n Norm) Distance(a, b []float32, channels int) float64 {
	return norms[n].distance(a, b, channels)
}

// Ascent computes the direction of steepest ascent: the dst of norm 1 that maximises <dst, grad>.
//
//	Linf      sign(grad)
//	L2        grad / ||grad||
//	L1        the value with the largest gradient, by its sign
//	L0        the pixel with the largest sum of magnitudes of the gradient, by its signs
//	L0Values  as L1
//
// In L0 a change of any magnitude has norm 1; it is 1 here, the way from black to white. Of several
// that are equal the first is taken. The direction of a zero gradient is zero. dst and grad must not
// overlap. See [Ball.Ascend] for a step that knows the bounds of a pixel.
func (n Norm) Ascent(dst, grad []float32, channels int) {
	clear(dst)
	inf := float32(math.Inf(1))
	norms[n].ascend(&Ball{Norm: n, Channels: channels, Lo: -inf, Hi: inf}, dst, grad, 1)
}

// Dual returns the dual norm of a gradient: what a step of norm 1, that of [Norm.Ascent], gains.
func (n Norm) Dual(grad []float32, channels int) float64 { return norms[n].dual(grad, channels) }

// parseName returns the index of name in a list, ignoring case.
func parseName(name string, list []string, kind string) (int, error) {
	if i := names.Index(name, list); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("unknown %s %q: want one of %s", kind, name, strings.Join(list, ", "))
}
