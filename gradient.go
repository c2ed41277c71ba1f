package hoodwink

import (
	"context"
	"fmt"

	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/tensor"
)

// A GradientResult is the gradient of a loss of one class at one picture.
type GradientResult struct {
	Class  int
	Prob   float64        // probability of the class at the picture
	Value  float64        // of the loss
	Logits []float32      // (K)
	Pixels *tensor.Tensor // (1,C,H,W): d loss / d pixel, for pixels in [0,1], in the model's own channels
}

// Gradient differentiates a loss of one class with respect to the pixels of x, in [0,1], through the
// model's network and preprocessing. x is (1,3,H,W) RGB, or (1,1,H,W) if the model takes gray; then
// colours become their brightness first ([preprocess.Spec.Own]), and the gradient has one channel. A
// negative class means the picture's top class. If each label is on or off by itself, the loss is
// that of the one label alone, see [attack.Labels].
func Gradient(m *model.Model, x *tensor.Tensor, class int, loss attack.Loss, threads int) (*GradientResult, error) {
	if s := x.Shape; len(s) != 4 || s[0] != 1 || s[1] != 3 && s[1] != m.Spec.Channels() {
		return nil, fmt.Errorf("pixels of shape %v, want (1,3,height,width)", s)
	}
	x = m.Spec.Own(x)
	ctx := context.Background()
	c, err := m.Classifier(1, x.Shape[2], x.Shape[3], model.ClassifierOptions{Threads: threads, Own: true})
	if err != nil {
		return nil, err
	}
	if class < 0 {
		class = max(0, tensor.Argmax(c.Forward(x).Data))
	}
	value, logits, grad, err := attack.Gradient(ctx, c, x.Data, loss, Become(m, class, 0))
	if err != nil {
		return nil, notFinite(m, err)
	}
	return &GradientResult{
		Class: class, Prob: probability(m, logits, []int{class}), Value: value, Logits: logits,
		Pixels: tensor.FromSlice(grad, x.Shape...),
	}, nil
}
