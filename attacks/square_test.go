package attacks_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// watchSquare runs the square attack on a model whose pictures have a shape, and returns the pictures that it tried
// after the original, with their losses.
func watchSquare(
	t *testing.T, shape []int, norm attack.Norm, eps float64, queries int,
) (pictures [][]float32, losses []float64) {
	t.Helper()
	m := conform.NewModel(conform.Linear(shape, 4, 3, 1), 1)
	x := make([]float32, shape[0]*shape[1]*shape[2])
	for i := range x {
		x[i] = 0.5
	}
	o := attack.Options{Observe: func(s attack.Step) {
		pictures, losses = append(pictures, slices.Clone(s.Pixels)), append(losses, s.Loss)
	}}
	e := attack.Example{X: x, Goal: attack.Misclassification{Classes: []int{0}}, Stop: attack.Targeted{Class: 0, Prob: 1}, Eps: eps}
	vs, err := attack.Run(t.Context(), m, attacks.Square{Queries: queries}, attack.Threat{Norm: norm}, o, e)
	if err != nil || vs[0].Err != nil {
		t.Fatal(err, vs[0].Err)
	}
	if vs[0].Forwards != queries+1 || vs[0].Backwards != 0 {
		t.Errorf("%d questions and %d gradients, want the original and %d pictures", vs[0].Forwards, vs[0].Backwards, queries)
	}
	return pictures[1:], losses[1:]
}

// TestSquareWindows: in Linf every picture but the first differs from the best so far in one square, whose side shrinks
// as published, and single pixels are found everywhere, the last row and column included.
func TestSquareWindows(t *testing.T) {
	const height, width = 6, 9
	pictures, losses := watchSquare(t, []int{2, height, width}, attack.Linf, 0.1, 4000)
	best, highest := pictures[0], losses[0]
	for j := range width { // stripes
		for i := range height {
			if d := best[i*width+j] - 0.5; d != best[j]-0.5 || math.Abs(math.Abs(float64(d))-0.1) > 1e-6 {
				t.Fatalf("the first picture has %v", best)
			}
		}
	}
	var seen [height * width]int
	for n, v := range pictures[1:] {
		top, left, bottom, right := height, width, -1, -1
		for k := range v {
			if v[k] != best[k] {
				i, j := k/width%height, k%width
				top, left, bottom, right = min(top, i), min(left, j), max(bottom, i), max(right, j)
				if n > 2000 { // single pixels
					seen[i*width+j]++
				}
			}
		}
		share := 0.8
		for _, after := range []int{10, 50, 200, 500, 1000, 2000} {
			if n > after {
				share /= 2
			}
		}
		if side := max(1, int(math.RoundToEven(math.Sqrt(share*height*width)))); max(bottom-top, right-left) >= side {
			t.Fatalf("query %d changes rows %d to %d and columns %d to %d, of a side of %d", n, top, bottom, left, right, side)
		}
		if losses[n+1] > highest {
			best, highest = v, losses[n+1]
		}
	}
	if i := slices.Index(seen[:], 0); i >= 0 {
		t.Errorf("the pixel in row %d and column %d was never changed", i/width, i%width)
	}
}

// TestSquareSizes: in L2 and L1 pictures use all of eps, where the bounds allow it, also those that are no squares.
func TestSquareSizes(t *testing.T) {
	for _, norm := range []attack.Norm{attack.L2, attack.L1} {
		for _, shape := range [][]int{{3, 8, 8}, {1, 7, 11}, {2, 2, 2}} {
			pictures, _ := watchSquare(t, shape, norm, 0.3, 300)
			x := slices.Repeat([]float32{0.5}, len(pictures[0]))
			for n, v := range pictures {
				if size := norm.Distance(v, x, shape[0]); !(size <= 0.3 && (norm == attack.L1 || size > 0.2999)) {
					t.Fatalf("%v, %v: picture %d has the size %g", norm, shape, n, size)
				}
			}
		}
	}
}

// TestSquareOnLinear: on a linear model it comes close to the best answer.
func TestSquareOnLinear(t *testing.T) {
	for _, c := range conform.BoxedSizes[:1] {
		form, x := conform.Boxed(c.Margin, c.Channels)
		for part, want := range map[float64]bool{1.001: true, 0.999: false} {
			e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: part * c.Size}
			vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), attacks.Square{}, attack.Threat{Norm: c.Norm}, attack.Options{}, e)
			if err != nil || vs[0].Err != nil {
				t.Fatal(err, vs[0].Err)
			}
			if vs[0].Success != want {
				t.Errorf("%v: success %v with %g of the exact size", c.Norm, vs[0].Success, part)
			}
		}
	}
}

// TestAutoAttack: what stands after all stages is what stands after each of them alone; stages end with the first that
// succeeds; no verdict is Masked in which an attack with gradients has succeeded.
func TestAutoAttack(t *testing.T) {
	for norm, eps := range map[attack.Norm]float64{attack.Linf: 0.04, attack.L2: 0.12, attack.L1: 0.3} {
		s := setting{attacks.AutoAttack{}, attack.Threat{Norm: norm}, eps}
		list := s.examples(10)
		for i := range list {
			classes, _ := attack.Classes(list[i].Goal)
			if i%2 == 1 {
				list[i].Goal = attack.Targeted{Class: classes[0]}
			}
		}
		stand := 0
		for i, v := range s.run(t, conform.Network(4), attack.Options{}, list...) {
			var names []string
			for k, stage := range v.Stages {
				names = append(names, stage.Attack)
				if stage.Success != (v.Success && k == len(v.Stages)-1) {
					t.Errorf("%v, picture %d: %+v, success %v", norm, i, v.Stages, v.Success)
				}
			}
			all := []string{"apgd-ce", "apgd-t", "fab-t", "square"}
			if !v.Success {
				stand++
			} else {
				all = all[:len(names)]
			}
			if !slices.Equal(names, all) || attacks.Masked(v) != (v.Success && len(names) == 4) {
				t.Errorf("%v, picture %d: %v, success %v, masked %v", norm, i, names, v.Success, attacks.Masked(v))
			}
		}
		if stand == 0 || stand == len(list) {
			t.Errorf("%v: %d pictures stand: this shows nothing", norm, stand)
		}
	}
}

// TestMasked: where the gradient points nowhere useful, the square attack finds what the others do not.
func TestMasked(t *testing.T) {
	form := *conform.Network(1).Form
	form.Backward = func(dx, d, x []float32) { clear(dx) }
	s := setting{attacks.AutoAttack{}, attack.Threat{}, 0.1}
	list, masked := s.examples(6), 0
	for i := range list {
		classes, _ := attack.Classes(list[i].Goal)
		list[i].Goal = attack.Misclassification{Classes: classes}
		list[i].Eps = 0.1
	}
	for _, v := range s.run(t, conform.NewModel(&form, 2), attack.Options{}, list...) {
		if attacks.Masked(v) {
			masked++
		}
	}
	if masked == 0 {
		t.Error("no picture shows that the gradient is masked")
	}
}

// TestAutoAttackWarns: a model that draws random numbers, or gives probabilities, makes a result doubtful.
func TestAutoAttackWarns(t *testing.T) {
	probable := *conform.Network(1).Form
	logits := probable.Forward
	probable.Forward = func(p, x []float32) {
		logits(p, x)
		exact := make([]float64, len(p))
		attack.Softmax(exact, p)
		for k, v := range exact {
			p[k] = float32(v)
		}
	}
	for _, c := range []struct {
		model attack.Model
		a     attack.Attack
		want  string
	}{
		{conform.Network(2), attacks.AutoAttack{}, ""},
		{noisy{conform.Network(2)}, attacks.AutoAttack{}, "take autoattack-rand"},
		{noisy{conform.Network(2)}, attacks.AutoAttackPlus{}, "take autoattack-rand"},
		{noisy{conform.Network(2)}, attacks.AutoAttackRand{}, ""},
		{conform.NewModel(&probable, 2), attacks.AutoAttack{}, "are probabilities"},
		{conform.NewModel(&probable, 2), attacks.AutoAttackRand{}, "are probabilities"},
	} {
		s := setting{c.a, attack.Threat{}, 0.1}
		for i, v := range s.run(t, c.model, attack.Options{}, s.examples(1)...) {
			got := strings.Join(v.Warnings, " ")
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s on %T, picture %d: warnings %q, want %q", c.a.Info().Name, c.model, i, got, c.want)
			}
		}
	}
}
