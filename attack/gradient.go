package attack

import (
	"fmt"
	"math"

	"hoodwink/tensor"
)

// LoopGradient returns the function that an attack climbs to meet a goal, at one picture x (1,C,H,W):
// its value, the logits (K), and its gradient with respect to the pixels (1,C,H,W). The results
// belong to the caller.
func LoopGradient(
	m LoopModel, x *tensor.Tensor, loss Loss, goal Goal,
) (value float64, logits []float32, grad *tensor.Tensor, err error) {
	if want := m.InputShape(); !tensor.SameShape(x.Shape, want) || len(want) == 0 || want[0] != 1 {
		return 0, nil, nil, fmt.Errorf("gradient: the picture has shape %v and the model takes %v: want one picture and a model of batch 1", x.Shape, want)
	}
	out := m.Forward(x)
	if err := checkLogits(out, 1); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	logits = append(logits, out.Data...)
	if k, ok := tensor.Finite(logits); !ok {
		return 0, nil, nil, NotFinite("gradient: the model's logit of class %d is %g", k, logits[k])
	}
	if err := goal.Check(len(logits)); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	exact := make([]float64, len(logits))
	var d Direction
	goal.Direct(&d, logits)
	value = first(loss).Eval(exact, logits, &d)
	dlogits := tensor.New(1, len(logits))
	scale := cotangent(dlogits.Data, exact)
	scaled := m.Backward(dlogits)
	grad = tensor.New(x.Shape...)
	unscale(grad.Data, scaled.Data, scale)
	if i, ok := tensor.Finite(grad.Data); !ok {
		return 0, nil, nil, NotFinite("gradient: at value %d it is %g", i, grad.Data[i])
	}
	return value, logits, grad, nil
}

// LoopUnbounded returns m without bounds on its pixels.
func LoopUnbounded(m LoopModel) LoopModel {
	if c, ok := m.(classCounter); ok {
		return struct {
			loopUnbounded
			classCounter
		}{loopUnbounded{m}, c}
	}
	return loopUnbounded{m}
}

// classCounter is an optional method of a model. With it, classes are checked before the first
// Forward.
type classCounter interface{ Classes() int }

type loopUnbounded struct{ LoopModel }

func (loopUnbounded) Bounds() (lo, hi float32) {
	return float32(math.Inf(-1)), float32(math.Inf(1))
}
