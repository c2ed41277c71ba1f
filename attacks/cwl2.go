package attacks

import (
	"cmp"
	"errors"
	"math"

	"hoodwink/attack"
)

// CWL2 is Carlini and Wagner's attack in L2. It minimises the square of the change plus c times what the
// margin lacks, by Adam, for values that a tanh keeps within the bounds, and looks for the c that gives the
// smallest change.
//
// Paper: Carlini, Wagner, "Towards Evaluating the Robustness of Neural Networks", arXiv:1608.04644. Norm:
// L2. Its confidence kappa is what the goal says: ask for a probability.
type CWL2 struct {
	SearchSteps int     `set:"search-steps" min:"1" max:"100" default:"9" doc:"values of c that are tried" zh:"尝试多少个 c"`
	Steps       int     `set:"steps" min:"1" max:"1000000000" default:"10000" doc:"largest number of steps for each c" zh:"每个 c 的最多步数"`
	Rate        float64 `set:"rate" max:"1000" default:"0.01" doc:"learning rate of Adam" zh:"Adam 的学习率"`
	C           float64 `set:"c" max:"1e10" default:"0.001" doc:"the first c" zh:"第一个 c"`
	Patient     bool    `set:"patient" default:"false" doc:"take all steps, even where a tenth of them has gained nothing" zh:"即使十分之一的步数毫无进展也走完所有步"`
}

// Info implements attack.Attack.
func (CWL2) Info() attack.Info {
	return attack.Info{
		Name: "cw-l2", Title: "Carlini and Wagner, L2", TitleZh: "Carlini–Wagner 攻击（L2）",
		Paper:   cwPaper,
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Weighs the size of the change against success, many times with other weights: small and very slow.",
		SaysZh:  "权衡改动大小与成功与否，并多次更换权重：改动小，但很慢。",
	}
}

const cwPaper = "Carlini, Wagner, Towards Evaluating the Robustness of Neural Networks, arXiv:1608.04644"

// Attack implements attack.Attack.
func (a CWL2) Attack(t *attack.Trial) {
	middle, half := (float64(t.Hi)+float64(t.Lo))/2, (float64(t.Hi)-float64(t.Lo))/2
	if math.IsInf(half, 1) {
		t.Fail(errors.New("it keeps values within bounds by a tanh, and the model has none"))
		return
	}
	loss := attack.Loss(boundaryOf(t))
	if s, ok := t.Score(t.X, loss); !ok || s.Met {
		return
	}
	v, u, g, step := t.New(), t.New(), t.New(), newAdam(t)
	steps, lo, hi, c := cmp.Or(a.Steps, 10000), 0., 1e10, cmp.Or(a.C, 1e-3)
	searches := cmp.Or(a.SearchSteps, 9)
	for search := range searches {
		if search == searches-1 && searches >= 10 {
			c = hi
		}
		for i, x := range t.X {
			u[i] = float32(math.Atanh((float64(x) - middle) / half * 0.999999))
		}
		step.reset()
		found, before := false, math.Inf(1)
		for k := range steps {
			for i := range v {
				v[i] = float32(middle + float64(half*math.Tanh(float64(u[i]))))
			}
			t.Clamp(v)
			s, ok := t.Gradient(g, v, loss)
			if !ok {
				return
			}
			found = found || s.Met
			size := t.Size(v)
			value := float64(size*size) + float64(c*max(0, -s.Loss))
			if every := max(1, steps/10); k%every == 0 && !a.Patient {
				if value > 0.9999*before {
					break
				}
				before = value
			}
			weight := c / s.Scale
			if s.Loss > 0 {
				weight = 0
			}
			for i, x := range t.X {
				d := 2*(float64(v[i])-float64(x)) - float64(weight*float64(g[i]))
				tanh := math.Tanh(float64(u[i]))
				g[i] = float32(d * half * (1 - float64(tanh*tanh)))
			}
			step.move(u, g, cmp.Or(a.Rate, 0.01))
		}
		if found {
			hi = min(hi, c)
		} else {
			lo = max(lo, c)
		}
		if hi < 1e9 {
			c = (lo + hi) / 2
		} else {
			c *= 10
		}
	}
}
