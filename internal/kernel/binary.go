package kernel

// The functions of this file combine two operands value by value. y, a and b are of equal length;
// or a or b is a single value, which is used for all places. y may be a or b.

// Plus computes y[i] = a[i] + b[i].
func Plus(y, a, b []float32) {
	switch n := len(y); {
	case len(b) < n:
		Affine(y, a[:n], 1, b[0])
	case len(a) < n:
		Affine(y, b[:n], 1, a[0])
	default:
		elementwise.plus(y, a[:n], b[:n])
	}
}

// Minus computes y[i] = a[i] - b[i].
func Minus(y, a, b []float32) {
	switch n := len(y); {
	case len(b) < n:
		Affine(y, a[:n], 1, -b[0])
	case len(a) < n:
		Affine(y, b[:n], -1, a[0])
	default:
		elementwise.minus(y, a[:n], b[:n])
	}
}

// Times computes y[i] = a[i] * b[i].
func Times(y, a, b []float32) {
	switch n := len(y); {
	case len(b) < n:
		Scale(y, b[0], a[:n])
	case len(a) < n:
		Scale(y, a[0], b[:n])
	default:
		elementwise.times(y, a[:n], b[:n])
	}
}

// Over computes y[i] = a[i] / b[i].
func Over(y, a, b []float32) {
	switch n := len(y); {
	case len(b) < n:
		d := b[0]
		for i, v := range a[:n] {
			y[i] = v / d
		}
	case len(a) < n:
		c := a[0]
		for i, v := range b[:n] {
			y[i] = c / v
		}
	default:
		elementwise.over(y, a[:n], b[:n])
	}
}

// MulAdd computes dst[i] += a[i] * b[i]. Both are as long as dst, or longer.
func MulAdd(dst, a, b []float32) { elementwise.mulAdd(dst, a[:len(dst)], b[:len(dst)]) }

// Zip computes y[i] = f(a[i], b[i]).
func Zip(y, a, b []float32, f func(a, b float32) float32) {
	stepA, stepB := step(a, y), step(b, y)
	for i := range y {
		y[i] = f(a[i*stepA], b[i*stepB])
	}
}

// step returns 0 if x is a single value for all of y, 1 otherwise.
func step(x, y []float32) int {
	if len(x) < len(y) {
		return 0
	}
	return 1
}

func plusGeneric(y, a, b []float32) {
	for i := range y {
		y[i] = a[i] + b[i]
	}
}

func minusGeneric(y, a, b []float32) {
	for i := range y {
		y[i] = a[i] - b[i]
	}
}

func timesGeneric(y, a, b []float32) {
	for i := range y {
		y[i] = a[i] * b[i]
	}
}

func overGeneric(y, a, b []float32) {
	for i := range y {
		y[i] = a[i] / b[i]
	}
}

func mulAddGeneric(dst, a, b []float32) {
	for i := range dst {
		dst[i] += float32(a[i] * b[i])
	}
}
