package attack

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// A Ball is where an attack may take a picture: no further than Eps from the original X, within the
// bounds of a value, and with the pixels as they are that the mask protects. Its methods allocate
// nothing and do not write to X. All pictures have X's shape.
//
//	b.Random(v, rng)
//	b.Confine(v)
//	for range steps {
//		b.Ascend(v, gradient(v), size)
//		b.Confine(v)
//	}
//	b.Round(file, v)
type Ball struct {
	Norm     Norm
	Eps      float64   // as in [Example]; L0 counts whole pixels, so that 2.9 is 2
	X        []float32 // the original (C,H,W), within the bounds
	Channels int       // C
	Lo, Hi   float32   // the bounds; either may be infinite
	Mask     []float32 // (H,W): 1 where pixels may change, 0 elsewhere; nil if all may
	Levels   int       // of a file's values, as in [Threat]; 0 if the result is floats
}

// Size returns the distance of v from the original.
func (b *Ball) Size(v []float32) float64 { return norms[b.Norm].distance(v, b.X, b.Channels) }

// Cover makes a gradient zero where pixels may not change.
func (b *Ball) Cover(grad []float32) {
	for at := 0; at < len(grad) && b.Mask != nil; at += len(b.Mask) {
		for i, m := range b.Mask {
			grad[at+i] *= m
		}
	}
}

// hold sets the values that the mask protects to those of the original.
func (b *Ball) hold(v []float32) {
	for at := 0; at < len(v) && b.Mask != nil; at += len(b.Mask) {
		for i, m := range b.Mask {
			if m == 0 {
				v[at+i] = b.X[at+i]
			}
		}
	}
}

// Clamp brings v within the bounds, and sets what the mask protects to what it was. How far v is from the
// original it does not ask.
func (b *Ball) Clamp(v []float32) {
	b.hold(v)
	tensor.Clamp(v, b.Lo, b.Hi)
}

// free reports whether value i may change.
func (b *Ball) free(i int) bool { return b.Mask == nil || b.Mask[i%len(b.Mask)] != 0 }

// room returns how far a value may go from x in the direction of d.
func (b *Ball) room(x float32, d float64) float64 {
	if d < 0 {
		return max(0, float64(x)-float64(b.Lo))
	}
	return max(0, float64(b.Hi)-float64(x))
}

// way returns how far v is from x, and how far the bounds would let it go in that direction.
func (b *Ball) way(x, v float32) (length, room float64) {
	if d := float64(v) - float64(x); d >= 0 {
		return d, float64(b.Hi) - float64(x)
	}
	return float64(x) - float64(v), float64(x) - float64(b.Lo)
}

// Ascend adds to v a step d of norm size that raises <d, grad> the most, and covers the gradient.
// In Linf and L2 the step is size times the [Norm.Ascent] and may leave the bounds. In the norms in
// which a value at a bound would take the whole step for nothing, it goes as far as the bounds
// let it:
//
//	L1  each value in turn, from the largest gradient down, goes to its bound, until size is spent
//	L0  as many pixels as size says, at least one, go to the bounds: those that gain most
//
// In L0 a bound that is infinite counts as 1 away. From the original this is the best step of all if
// the model is linear. Values whose gradient is 0 stay.
func (b *Ball) Ascend(v, grad []float32, size float64) {
	b.Cover(grad)
	norms[b.Norm].ascend(b, v, grad, size)
}

// Confine brings v back into the ball and the bounds: cheaply, and near where it was. In L2 it
// clamps v to the bounds and then shortens the way from the original; in the other norms it is
// Project. The Size of the result never exceeds Eps, not even by a rounding error.
func (b *Ball) Confine(v []float32) { b.into(v, norms[b.Norm].confine) }

// Project moves v to the nearest point, in the Euclidean sense, that is in the ball and within the
// bounds, as far as float32 has it. The Size of the result never exceeds Eps, not even by a
// rounding error. What is inside stays as it is.
func (b *Ball) Project(v []float32) { b.into(v, norms[b.Norm].project) }

// into sees to what is the same in all norms.
func (b *Ball) into(v []float32, inside func(b *Ball, v []float32)) {
	b.hold(v)
	switch {
	case b.Eps == 0:
		copy(v, b.X)
	case math.IsInf(b.Eps, 1):
		tensor.Clamp(v, b.Lo, b.Hi)
	default:
		inside(b, v)
	}
}

// shorten brings v into the ball along the straight way to the original, with values rounded towards
// the original, for norms in which half the way is half as long.
func (b *Ball) shorten(v []float32) {
	for d := b.Size(v); d > b.Eps; d = b.Size(v) {
		scale := b.Eps / d * (1 - 1e-12)
		for i, x := range b.X {
			v[i] = towards(x, scale*(float64(v[i])-float64(x)))
		}
	}
}

// Random sets v to a random point of a ball of a finite Eps. Outside the bounds it may be; Confine
// sees to that.
//
//	Linf, L2, L1  uniform in the ball
//	L0            uniform in the choice of as many pixels as may change, and each of their values
//	              uniform between the bounds; a bound that is infinite counts as 0 or 1
//
// With a mask, L1 and L0 draw among what may change. Linf and L2 draw for all values and protect
// what the mask protects afterwards; that is the same thing in Linf, and in L2 leaves the point
// nearer to the original.
func (b *Ball) Random(v []float32, rng *rand.Rand) {
	norms[b.Norm].random(b, v, rng)
	b.hold(v)
}

// Rounds reports whether results are rounded: there are Levels, and something may change.
func (b *Ball) Rounds() bool { return b.Levels > 0 && b.Eps != 0 }

// Round writes to dst a picture that a file of Levels can hold, near v and within Eps of the
// original. Distances are measured in whole levels where possible, see [Threat]. In Linf,
// L1 and L0 it is the nearest such picture if the original is on the lattice itself; in L2 it is
// the nearest one on the way from the original to v that fits. If not b.Rounds(), dst is v.
func (b *Ball) Round(dst, v []float32) {
	if !b.Rounds() {
		copy(dst, v)
		return
	}
	norms[b.Norm].round(b, b.lattice(), dst, v)
}

// Check returns an error unless the original is within the bounds and, if results are rounded, near
// enough to a picture of the lattice.
func (b *Ball) Check() error {
	switch {
	case !b.Norm.valid():
		return fmt.Errorf("unknown norm %v", b.Norm)
	case !(b.Eps >= 0):
		return fmt.Errorf("eps is %g: want a size of at least 0 such as %q", b.Eps, norms[b.Norm].example)
	case !(b.Lo < b.Hi):
		return fmt.Errorf("the model's bounds [%g, %g] hold no pixel", b.Lo, b.Hi)
	case b.Channels < 1 || len(b.X) == 0 || len(b.X)%b.Channels != 0:
		return fmt.Errorf("a picture of %d values and %d channels", len(b.X), b.Channels)
	case b.Mask != nil && len(b.Mask)*b.Channels != len(b.X):
		return fmt.Errorf("the mask has %d pixels, the picture %d", len(b.Mask), len(b.X)/b.Channels)
	case b.Levels != 0 && (b.Levels < 2 || b.Levels > maxLevels):
		return fmt.Errorf("%d levels: want 0 (no rounding) or 2 to %d, 256 for 8 bits a channel", b.Levels, maxLevels)
	}
	if l := b.lattice(); b.Rounds() && l.lo > l.hi {
		return fmt.Errorf("the model's bounds [%g, %g] hold none of the %d levels of [0, 1]", b.Lo, b.Hi, b.Levels)
	}
	for i, v := range b.X {
		if !(v >= b.Lo && v <= b.Hi) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("value %d is %g, outside the model's bounds [%g, %g]", i, v, b.Lo, b.Hi)
		}
	}
	if err := b.checkMask(); err != nil {
		return err
	}
	if b.Rounds() {
		return b.lattice().check(b)
	}
	return nil
}

// checkMask returns an error unless the mask is one, and lets some pixel change.
func (b *Ball) checkMask() error {
	some := b.Mask == nil
	for i, v := range b.Mask {
		if v != 0 && v != 1 {
			return fmt.Errorf("value %d of the mask is %g, want 0 (stays) or 1 (may change)", i, v)
		}
		some = some || v == 1
	}
	if !some {
		return errors.New("the mask lets no pixel change")
	}
	return nil
}
