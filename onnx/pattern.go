package onnx

import (
	"math"
	"slices"

	"hoodwink/nn"
)

// pattern returns the result of an operation that is the last of a pattern, computed by one layer,
// or nil. The steps before it stay, and are dropped if nothing else reads them.
func (s *site) pattern(op string, a, b *value) *value {
	switch op {
	case "Div":
		if v := s.layerNorm(op, a, b); v != nil {
			return v
		}
		return s.activation(op, a, b)
	case "Mul":
		if v := s.layerNorm(op, a, b); v != nil {
			return v
		}
		if v := s.normScale(a, b); v != nil {
			return v
		}
		return s.activation(op, a, b)
	case "Add":
		if v := s.normBias(a, b); v != nil {
			return v
		}
		return s.productBias(a, b)
	}
	return nil
}

// made returns the arguments of the operation op that made a value, nil if another one did.
func made(v *value, op string, n int) []*value {
	if v.from == nil || v.from.op != op || len(v.from.args) != n {
		return nil
	}
	return v.from.args
}

// single returns the value of a known number.
func single(v *value) (float64, bool) {
	if v.known == nil || v.known.len() != 1 {
		return 0, false
	}
	return v.known.at(0), true
}

// withNumber returns the value and the number that an operation combined. For operations that are
// not symmetric, the number is the second operand.
func withNumber(v *value, op string) (*value, float64, bool) {
	args := made(v, op, 2)
	if args == nil {
		return nil, 0, false
	}
	if n, ok := single(args[1]); ok && args[0].known == nil {
		return args[0], n, true
	}
	if n, ok := single(args[0]); ok && args[1].known == nil && commutes[op] {
		return args[1], n, true
	}
	return nil, 0, false
}

var commutes = map[string]bool{"Add": true, "Mul": true, "Min": true, "Max": true}

// near compares constants that exporters write with a few digits.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-5*math.Abs(b) }

// factors splits a product into the product of its numbers and the other factors.
func factors(v *value, number float64, list []*value, depth int) (float64, []*value) {
	if n, ok := single(v); ok {
		return number * n, list
	}
	if depth > 0 {
		if args := made(v, "Mul", 2); args != nil {
			number, list = factors(args[0], number, list, depth-1)
			return factors(args[1], number, list, depth-1)
		}
		if x, n, ok := withNumber(v, "Div"); ok && n != 0 {
			return factors(x, number/n, list, depth-1)
		}
	}
	return number, append(list, v)
}

// activation recognises products of a value and a function of it: GELU, SiLU, Mish and
// the hard swish.
func (s *site) activation(op string, a, b *value) *value {
	number, list := factors(a, 1, nil, 3)
	if op == "Div" {
		n, ok := single(b)
		if !ok || n == 0 {
			return nil
		}
		number /= n
	} else {
		number, list = factors(b, number, list, 3)
	}
	if len(list) != 2 {
		return nil
	}
	for i := range 2 {
		x, g := list[i], list[1-i]
		if x.known != nil || g.known != nil || !slices.Equal(x.shape, g.shape) {
			continue
		}
		if name := gateOf(x, g, number); name != "" {
			return s.unary(name, x)
		}
	}
	return nil
}

// gateOf returns the function that number*x*g is, or "".
func gateOf(x, g *value, number float64) string {
	if near(number, 0.5) {
		if inner, one, ok := withNumber(g, "Add"); ok && one == 1 {
			if e := made(inner, "Erf", 1); e != nil && isScaled(e[0], x, math.Sqrt2/2) {
				return "Gelu"
			}
			if t := made(inner, "Tanh", 1); t != nil && isGeluCubic(t[0], x) {
				return "GeluTanh"
			}
		}
	}
	if near(number, 1) {
		if e := made(g, "Sigmoid", 1); e != nil && e[0] == x {
			return "SiLU"
		}
		if e := made(g, "HardSigmoid", 1); e != nil && e[0] == x {
			if l, ok := g.from.layer.(*nn.Unary); ok && near(float64(l.A), 1.0/6) && l.B == 0.5 {
				return "HardSwish"
			}
		}
		if t := made(g, "Tanh", 1); t != nil {
			if e := made(t[0], "Softplus", 1); e != nil && e[0] == x {
				return "Mish"
			}
		}
	}
	if near(number, 1.0/6) {
		if c := made(g, "Clip", 3); c != nil && c[1].known.f[0] == 0 && c[2].known.f[0] == 6 {
			if inner, three, ok := withNumber(c[0], "Add"); ok && inner == x && three == 3 {
				return "HardSwish"
			}
		}
	}
	return ""
}

// isScaled reports whether v is x times a number.
func isScaled(v, x *value, by float64) bool {
	n, list := factors(v, 1, nil, 2)
	return len(list) == 1 && list[0] == x && near(n, by)
}

// isGeluCubic reports whether v is sqrt(2/pi) * (x + 0.044715 x^3).
func isGeluCubic(v, x *value) bool {
	n, list := factors(v, 1, nil, 2)
	if !near(n, math.Sqrt(2/math.Pi)) {
		return false
	}
	cubic := func(v *value) bool {
		n, list := factors(v, 1, nil, 4)
		if !near(n, 0.044715) {
			return false
		}
		power := 0.0
		for _, f := range list {
			switch base, p, ok := withNumber(f, "Pow"); {
			case f == x:
				power++
			case ok && base == x:
				power += p
			default:
				return false
			}
		}
		return power == 3
	}
	if len(list) == 1 {
		args := made(list[0], "Add", 2)
		return args != nil && (args[0] == x && cubic(args[1]) || args[1] == x && cubic(args[0]))
	}
	// x * (1 + 0.044715 x^2)
	return false
}
