package train

import (
	"fmt"
	"math"

	"hoodwink/internal/names"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A Method is a rule by which gradients g change weights w, at a learning rate r. The
// rules are PyTorch's, and t counts the steps from 1.
type Method int

// The methods.
const (
	// SGD is stochastic gradient descent: b = Momentum*b + g, w -= r*b, or with Nesterov
	// w -= r*(g + Momentum*b). Weight decay adds WeightDecay*w to g.
	SGD Method = iota

	// Adam (Kingma, Ba 2015, "Adam: A Method for Stochastic Optimization",
	// arXiv:1412.6980): m = Beta1*m + (1-Beta1)*g, v = Beta2*v + (1-Beta2)*g^2,
	// w -= r * m/(1-Beta1^t) / (sqrt(v/(1-Beta2^t)) + Eps). Weight decay as for SGD.
	Adam

	// AdamW is Adam with separate weight decay: w -= r*WeightDecay*w before the rest (Loshchilov,
	// Hutter 2019, "Decoupled Weight Decay Regularization", arXiv:1711.05101).
	AdamW
)

var methodNames = []string{"sgd", "adam", "adamw"}

// String returns the name that ParseMethod understands.
func (m Method) String() string { return names.Of(int(m), methodNames, "Method") }

// MarshalText writes the name.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMethod returns the method of a name: "sgd", "adam" or "adamw".
func ParseMethod(name string) (Method, error) {
	i, err := parseName(name, methodNames, "optimizer")
	return Method(i), err
}

// OptimizerOptions are a method with its settings. The zero value is plain SGD.
type OptimizerOptions struct {
	Method       Method
	Momentum     float64 // of SGD, in [0,1)
	Nesterov     bool
	Beta1, Beta2 float64 // of Adam; 0 means 0.9 and 0.999
	Eps          float64 // of Adam; 0 means 1e-8

	// Penalties act on parameters whose Decay is set: not on biases and batch normalisation.
	WeightDecay float64 // of |w|^2/2
	L1          float64 // of |w|: adds L1*sign(w) to the gradient
	// if positive, the weights of each unit (a row of the first axis) are scaled down to this length
	MaxNorm float64

	Clip float64 // if positive, the gradients are scaled down so that their common length is at most this
}

func (o OptimizerOptions) withDefaults() OptimizerOptions {
	if o.Method != SGD {
		setDefault(&o.Beta1, 0.9)
		setDefault(&o.Beta2, 0.999)
		setDefault(&o.Eps, 1e-8)
	}
	return o
}

func (o OptimizerOptions) check() error {
	for _, c := range []struct {
		name      string
		v, lo, hi float64 // lo <= v < hi
	}{
		{"momentum", o.Momentum, 0, 1}, {"beta1", o.Beta1, 0, 1}, {"beta2", o.Beta2, 0, 1}, {"eps", o.Eps, 0, math.MaxFloat64},
		{"weight decay", o.WeightDecay, 0, math.MaxFloat64}, {"L1", o.L1, 0, math.MaxFloat64},
		{"max norm", o.MaxNorm, 0, math.MaxFloat64}, {"clip", o.Clip, 0, math.MaxFloat64},
	} {
		if !(c.v >= c.lo && c.v < c.hi) {
			hint := "want 0 or more"
			if c.hi == 1 {
				hint = "want 0 or more and less than 1"
			}
			return &Error{Msg: fmt.Sprintf("%s is %g", c.name, c.v), Advice: hint}
		}
	}
	if o.Method < SGD || o.Method > AdamW {
		return &Error{Msg: fmt.Sprintf("there is no optimizer %v", o.Method)}
	}
	if o.Nesterov && o.Momentum == 0 {
		return &Error{Msg: "Nesterov's momentum is wanted, but the momentum is 0", Advice: "a usual momentum is 0.9"}
	}
	return nil
}

func setDefault(v *float64, def float64) {
	if *v == 0 {
		*v = def
	}
}

// An Optimizer changes parameters along their gradients. It is made for one list of
// parameters and keeps moments of their gradients.
type Optimizer struct {
	o          OptimizerOptions
	parameters []nn.Parameter
	first      [][]float32 // SGD's momentum, Adam's m
	second     [][]float32 // Adam's v
	steps      uint64
	team       *tensor.Team
	chunks     []chunk
}

// A chunk is a part of a parameter that one thread changes.
type chunk struct{ parameter, lo, hi int }

// chunkSize is the largest number of values in a chunk.
const chunkSize = 1 << 11

// NewOptimizer returns an optimizer for the parameters. The number of threads, 0 for GOMAXPROCS,
// does not affect the results.
func NewOptimizer(parameters []nn.Parameter, o OptimizerOptions, threads int) (*Optimizer, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	z := &Optimizer{o: o, parameters: parameters, team: tensor.NewTeam(threads)}
	for i, p := range parameters {
		for lo := 0; lo < p.Value.Len(); lo += chunkSize {
			z.chunks = append(z.chunks, chunk{i, lo, min(lo+chunkSize, p.Value.Len())})
		}
		z.first = append(z.first, make([]float32, p.Value.Len()))
		if o.Method != SGD {
			z.second = append(z.second, make([]float32, p.Value.Len()))
		}
	}
	return z, nil
}

// Step changes all values by one step at the given learning rate. It overwrites the gradients:
// afterwards they hold no useful values.
func (z *Optimizer) Step(rate float64) {
	z.steps++
	if z.o.Clip > 0 {
		clip(z.parameters, z.o.Clip)
	}
	rule := z.adam(rate)
	if z.o.Method == SGD {
		rule = z.sgd(rate)
	}
	z.team.For(len(z.chunks), func(_, i int) { rule(z.chunks[i]) })
	if z.o.MaxNorm > 0 {
		for _, p := range z.parameters {
			if p.Decay {
				shrink(p.Value, z.o.MaxNorm)
			}
		}
	}
}

// penalties returns weight decay and L1 of a parameter.
func (z *Optimizer) penalties(i int) (decay, l1 float32) {
	if !z.parameters[i].Decay {
		return 0, 0
	}
	return float32(z.o.WeightDecay), float32(z.o.L1)
}

// penalise adds the gradients of weight decay and L1.
func penalise(g, w []float32, decay, l1 float32) {
	if decay != 0 {
		tensor.AddScaled(g, decay, w)
	}
	if l1 != 0 {
		for j, v := range w {
			g[j] += float32(l1 * tensor.Sign(v))
		}
	}
}

// sgd returns the function that changes a chunk.
func (z *Optimizer) sgd(rate float64) func(c chunk) {
	r, momentum := float32(rate), float32(z.o.Momentum)
	return func(c chunk) {
		p := z.parameters[c.parameter]
		w, g, b := p.Value.Data[c.lo:c.hi], p.Grad.Data[c.lo:c.hi], z.first[c.parameter][c.lo:c.hi]
		decay, l1 := z.penalties(c.parameter)
		penalise(g, w, decay, l1)
		if momentum != 0 {
			tensor.Moment(b, momentum, 1, g)
			if z.o.Nesterov {
				tensor.AddScaled(g, momentum, b)
			} else {
				g = b
			}
		}
		tensor.AddScaled(w, -r, g)
	}
}

// adam returns the function that changes a chunk.
func (z *Optimizer) adam(rate float64) func(c chunk) {
	t := float64(z.steps)
	step := float32(rate / (1 - math.Pow(z.o.Beta1, t)))
	unbias := float32(1 / (1 - math.Pow(z.o.Beta2, t)))
	return func(c chunk) {
		p := z.parameters[c.parameter]
		w, g := p.Value.Data[c.lo:c.hi], p.Grad.Data[c.lo:c.hi]
		m, s := z.first[c.parameter][c.lo:c.hi], z.second[c.parameter][c.lo:c.hi]
		decay, l1 := z.penalties(c.parameter)
		keep := float32(1)
		if z.o.Method == AdamW {
			keep, decay = float32(1-float64(rate*float64(decay))), 0
		}
		penalise(g, w, decay, l1)
		tensor.Moment(m, float32(z.o.Beta1), float32(1-z.o.Beta1), g)
		tensor.SquareMoment(s, float32(z.o.Beta2), float32(1-z.o.Beta2), g)
		tensor.AdamStep(w, m, s, keep, step, unbias, float32(z.o.Eps))
	}
}

// clip scales the gradients so that their common Euclidean length is at most limit.
func clip(parameters []nn.Parameter, limit float64) {
	var sum float64
	for _, p := range parameters {
		sum += tensor.Dot(p.Grad.Data, p.Grad.Data)
	}
	if scale := limit / (math.Sqrt(sum) + 1e-6); scale < 1 {
		for _, p := range parameters {
			for j, v := range p.Grad.Data {
				p.Grad.Data[j] = float32(float64(v) * scale)
			}
		}
	}
}

// shrink scales rows that are longer than limit down to that length.
func shrink(w *tensor.Tensor, limit float64) {
	for k := range w.Batch() {
		row := w.Image(k)
		if length := tensor.L2(row); length > limit {
			for j, v := range row {
				row[j] = float32(float64(v) * (limit / length))
			}
		}
	}
}
