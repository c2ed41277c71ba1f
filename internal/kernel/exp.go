package kernel

import "math"

// Exponentials in float32: x = n*ln 2 + r with an integer n and |r| <= ln(2)/2. So exp(x) = 2^n
// exp(r), and exp(r) is its Taylor polynomial of degree 7. Every step is one instruction of the
// vector kernels, which give the same bits.

// Exp computes y[i] = exp(x[i]) to within 1 unit in the last place, denormal results included. NaN
// stays NaN, overflow gives infinity, underflow 0. y may be x.
func Exp(y, x []float32) { elementwise.exp(y[:len(x)], x) }

const (
	// magic is 1.5 * 2^23. Adding a small number to it rounds the number to an integer, half to
	// even, and leaves the integer in the lower bits.
	magic     = 3 << 22
	magicBits = 0x4b400000

	ln2Hi = 0x1.62e43p-1 // ln 2 in 24 bits
	ln2Lo = math.Ln2 - ln2Hi

	expLimit = 104 // beyond it exp(x) is infinite or rounds to 0
)

// reduce returns the bits of n + magic for the integer n nearest to x/ln 2, r = x - n*ln 2 and p =
// (exp(r)-1)/r. The first step of r is exact.
func reduce(x float32) (shifted int32, r, p float32) {
	s := fma(x, math.Log2E, magic)
	n := s - magic
	r = fma(n, -ln2Hi, x)
	r = fma(n, -ln2Lo, r)
	p = fma(1./5040, r, 1./720)
	p = fma(p, r, 1./120)
	p = fma(p, r, 1./24)
	p = fma(p, r, 1./6)
	p = fma(p, r, 1./2)
	p = fma(p, r, 1)
	return int32(math.Float32bits(s)), r, p
}

// exp scales by 2^n in two halves, neither of which overflows. Only the second one rounds, where
// the result is denormal.
func exp(x float32) float32 {
	shifted, r, p := reduce(max(min(x, expLimit), -expLimit))
	n := shifted - magicBits
	half := n >> 1
	return float32(fma(p, r, 1)*power2(half)) * power2(n-half)
}

// expm1 returns exp(x)-1 = 2^n (exp(r)-1) + (2^n-1) for x that is not positive, precise
// near 0 too. It has the sign of x.
func expm1(x float32) float32 {
	shifted, r, p := reduce(max(x, -20)) // exp(-20) is lost beside 1
	s := power2(shifted - magicBits)
	y := fma(float32(p*r), s, s-1)
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&signBit)
}

// sigmoid returns 1/(1+exp(-x)), from the exponential of -|x|, which does not overflow.
func sigmoid(x float32) float32 {
	e := exp(math.Float32frombits(math.Float32bits(x) | signBit))
	y := float32(1)
	if x < 0 {
		y = e
	}
	return y / (1 + e)
}

// tanh returns -e/(2+e) with the sign of x, for e = exp(-2|x|)-1.
func tanh(x float32) float32 {
	u := math.Float32frombits(math.Float32bits(x) | signBit)
	e := expm1(u + u)
	return math.Float32frombits(math.Float32bits(e/(2+e)) ^ signBit&^math.Float32bits(x))
}

// power2 returns 2^n for -126 <= n <= 127.
func power2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

const signBit = 1 << 31
