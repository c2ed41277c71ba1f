package onnx

import (
	"hoodwink/nn"
	"hoodwink/tensor"
)

// An Activation is the last function of a graph. The network ends before it.
type Activation string

const (
	NoActivation Activation = ""        // the graph's results are those of the network
	Softmax      Activation = "softmax" // they are probabilities that add up to 1, or their logarithms
	Sigmoid      Activation = "sigmoid" // each is an independent probability
)

// An ending says that a value is a function of logits. Operators that only move, round or limit
// probabilities keep it.
type ending struct {
	function Activation
	log      bool // the logarithm of it
	logits   *value
}

// passes gives v, which is x moved, rounded or limited, the ending of x.
func passes(v, x *value) *value {
	if v != x {
		v.ending = x.ending
	}
	return v
}

// softmaxOf returns the ending of a softmax along an axis. It is nil if another axis is longer than
// 1, since there are several softmaxes then.
func softmaxOf(x *value, axis int, log bool) *ending {
	if x.shape[axis] != tensor.Size(x.shape) || x.shape[axis] == 1 {
		return nil
	}
	return &ending{Softmax, log, x}
}

// limits reports whether clipping to lo and hi leaves probabilities as they are, or nearly: some
// exporters keep them away from 0 and 1 by an epsilon.
func (e *ending) limits(lo, hi float64) bool {
	const epsilon = 1e-3
	return e != nil && !e.log && lo <= epsilon && hi >= 1-epsilon
}

// bare returns the value before it was reshaped or broadcast.
func bare(v *value) *value {
	for v.from != nil && len(v.from.in) == 1 {
		switch v.from.layer.(type) {
		case *nn.View, *nn.Expand:
			v = v.from.in[0]
			continue
		}
		break
	}
	return v
}

// same reports whether two values are the same, whatever their shapes.
func same(a, b *value) bool {
	a, b = bare(a), bare(b)
	return a == b || a.from != nil && a.from == b.from && a.index == b.index
}

// whole returns the argument of a reduction to one number, nil if v is not one.
func whole(v *value, op string) *value {
	v = bare(v)
	if args := made(v, op, 1); args != nil && tensor.Size(v.shape) == 1 {
		return args[0]
	}
	return nil
}

// writtenOut recognises a softmax or sigmoid that is written as several operations, by the last of
// them:
//
//	exp(z) / sum(exp(z)), exp(z) * (1/sum(exp(z)))    softmax
//	z - log(sum(exp(z)))                              its logarithm
//	1 / (1+exp(-z)), exp(z) / (1+exp(z))              sigmoid
//
// In a softmax, z may be x - max(x): then x are the logits.
func writtenOut(op string, a, b *value) *ending {
	switch op {
	case "Mul":
		for _, p := range [2][2]*value{{a, b}, {b, a}} {
			if r := made(bare(p[1]), "Reciprocal", 1); r != nil {
				return writtenOut("Div", p[0], r[0])
			}
		}
	case "Div":
		e := made(bare(a), "Exp", 1)
		if e != nil {
			if s := whole(b, "ReduceSum"); s != nil && same(s, a) && tensor.Size(a.shape) > 1 {
				return &ending{Softmax, false, unshifted(e[0])}
			}
		}
		z, ok := onePlusExp(b)
		switch one, number := single(a); {
		case ok && number && one == 1:
			return negated(z)
		case ok && e != nil && same(z, e[0]):
			return &ending{Sigmoid, false, z}
		}
	case "Sub":
		if b.known != nil || tensor.Size(a.shape) == 1 {
			return nil
		}
		if l := made(bare(b), "Log", 1); l != nil {
			if s := whole(l[0], "ReduceSum"); s != nil {
				if e := made(bare(s), "Exp", 1); e != nil && same(e[0], a) {
					return &ending{Softmax, true, unshifted(a)}
				}
			}
		}
		if x := whole(b, "ReduceLogSumExp"); x != nil && same(x, a) {
			return &ending{Softmax, true, unshifted(a)}
		}
	}
	return nil
}

// unshifted returns x for x - max(x).
func unshifted(z *value) *value {
	if args := made(bare(z), "Sub", 2); args != nil && args[1].known == nil {
		if x := whole(args[1], "ReduceMax"); x != nil && same(x, args[0]) {
			return args[0]
		}
	}
	return z
}

// onePlusExp returns z for 1 + exp(z).
func onePlusExp(v *value) (*value, bool) {
	x, one, ok := withNumber(bare(v), "Add")
	if !ok || one != 1 {
		return nil, false
	}
	e := made(bare(x), "Exp", 1)
	if e == nil {
		return nil, false
	}
	return e[0], true
}

// negated returns the ending of 1 / (1+exp(y)) for y = -z; nil for other y.
func negated(y *value) *ending {
	y = bare(y)
	if args := made(y, "Neg", 1); args != nil {
		return &ending{Sigmoid, false, args[0]}
	}
	if z, n, ok := withNumber(y, "Mul"); ok && n == -1 {
		return &ending{Sigmoid, false, z}
	}
	if args := made(y, "Sub", 2); args != nil && args[1].known == nil {
		if n, ok := single(args[0]); ok && n == 0 {
			return &ending{Sigmoid, false, args[1]}
		}
	}
	return nil
}

// endingOf returns the ending of a function of one value.
func endingOf(op string, x *value) *ending {
	switch e := x.ending; {
	case op == "Sigmoid":
		return &ending{Sigmoid, false, x}
	case op == "Reciprocal":
		if z, ok := onePlusExp(x); ok {
			return negated(z)
		}
	case op == "Exp" && e != nil && e.log:
		return &ending{e.function, false, e.logits}
	case op == "Log" && e != nil && !e.log && e.function == Softmax:
		return &ending{e.function, true, e.logits}
	}
	return nil
}
