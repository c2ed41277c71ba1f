package attack_test

import (
	"context"
	"fmt"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// brightness is a model of two classes, dark and bright: the logits of a picture of
// 2x2 gray pixels are 0 and 8 times its mean, less 4.
type brightness struct{ logits, dx *tensor.Tensor }

func (b brightness) Shape() []int               { return []int{1, 2, 2} }
func (b brightness) Classes() int               { return 2 }
func (b brightness) Batch() int                 { return 1 }
func (b brightness) Bounds() (float32, float32) { return 0, 1 }
func (b brightness) Access() (bool, bool)       { return true, true }

func (b brightness) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	b.logits.Data[1] = -4
	for _, v := range x.Data {
		b.logits.Data[1] += 2 * v
	}
	return b.logits, nil
}

func (b brightness) Pull(_ context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	for i := range b.dx.Data {
		b.dx.Data[i] = 2 * dlogits.Data[1]
	}
	return b.dx, nil
}

// A dark picture is made to pass as a bright one, and stays within 20 of 255 levels
// of what it was.
func Example() {
	model := brightness{tensor.New(1, 2), tensor.New(1, 1, 2, 2)}
	x := []float32{0.4, 0.6, 0.2, 0.6}
	recorder := attack.Recorder{Classes: []int{1}}
	example := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: 20.0 / 255}
	threat, options := attack.Threat{Norm: attack.Linf, Levels: 256}, attack.Options{Observe: recorder.Observe}
	verdicts, err := attack.Run(context.Background(), model, attacks.BIM{}, threat, options, example)
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verdicts[0]
	fmt.Printf("success %v after %d steps\n", v.Success, v.Steps)
	fmt.Printf("%.0f of 255 levels\n", 255*v.Size)
	fmt.Printf("probability of bright %.2f\n", recorder.Curve(1))
	fmt.Println(recorder.Path)
	// Output:
	// success true after 4 steps
	// 16 of 255 levels
	// probability of bright [0.40 0.43 0.46 0.49 0.53 0.53]
	// [{0 0} {4 1}]
}

// The gradient of one class's probability says which pixels the model looks at.
func ExampleGradient() {
	model := brightness{tensor.New(1, 2), tensor.New(1, 1, 2, 2)}
	x := []float32{0.5, 0.5, 0.5, 0.5}
	p, _, grad, err := attack.Gradient(context.Background(), model, x, attack.Probability, attack.Targeted{Class: 1})
	fmt.Println(p, grad, err)
	// Output: 0.5 [0.5 0.5 0.5 0.5] <nil>
}
