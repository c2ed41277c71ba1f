package training

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hoodwink/nn/internal/exec"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Options say how a Trainer works.
type Options struct {
	exec.Options
	Seed uint64 // seed of the layers' random numbers
}

// A Trainer has copies of a network's weights, which may change, and their gradients. nn.Trainer is
// its front and says what a step is. The bits of all results depend on the network, the batch, the
// seed and the step, never on the number of threads. After the first step nothing is allocated. A
// Trainer must not be used by two goroutines at once.
type Trainer struct {
	s          *exec.WeightSession
	net        *graph.Network // the trainer's own, which s runs
	steps      *steps
	grads      [][]*tensor.Tensor // by node and parameter
	parameters []Parameter
	statistics []Statistic
	update     func(worker, i int)
}

// New copies the weights and plans the memory of a batch. The network may be one that
// a Trainer made. The error names layers that have weights but cannot be trained.
func New(net *graph.Network, o Options) (*Trainer, error) {
	if net.Trained != nil {
		net = net.Trained
	}
	if err := checkTrainable(net); err != nil {
		return nil, err
	}
	own, copies := withOwnWeights(net)
	t := &Trainer{net: own, steps: &steps{seed: o.Seed}}
	t.collect(copies)
	var err error
	t.s, err = exec.NewWithWeights(t.net, o.Options, &exec.Weights{
		Grads: t.grads,
		Steps: func(node int) graph.Steps { return nodeSteps{t.steps, node} },
	})
	if err != nil {
		return nil, fmt.Errorf("batch of %d: %w", o.Batch, err)
	}
	t.update = func(_, i int) { t.steps.updates[i]() }
	t.refresh()
	return t, nil
}

// checkTrainable names the layers that make training impossible.
func checkTrainable(net *graph.Network) error {
	var stuck []string
	seen := map[graph.Layer]bool{}
	for _, n := range net.Nodes {
		if m, ok := n.Layer.(graph.Mixer); ok && m.Mixes(net.Shapes(n.In)) {
			return &graph.LayerError{Layer: n.Name, Kind: n.Layer.Kind(),
				Err: errors.New("may mix the examples of a batch: such a network runs, but cannot be trained")}
		}
		if _, ok := n.Layer.(Trainable); ok {
			if seen[n.Layer] {
				return &graph.LayerError{Layer: n.Name, Kind: n.Layer.Kind(),
					Err: errors.New("shares its weights with another layer: give each its own to train them")}
			}
			seen[n.Layer] = true
			continue
		}
		if c, ok := n.Layer.(graph.Coster); ok {
			if params, _ := c.Cost(net.Shapes(n.In)); params > 0 {
				stuck = append(stuck, fmt.Sprintf("%q (%s)", n.Name, n.Layer.Kind()))
			}
		}
	}
	if len(stuck) > 0 {
		return fmt.Errorf("network %q cannot be trained: no gradients for the weights of %s", net.Name, strings.Join(stuck, ", "))
	}
	return nil
}

// withOwnWeights returns the network with copies of everything that a Trainer changes, and these
// copies by node: empty where there is nothing to train.
func withOwnWeights(net *graph.Network) (*graph.Network, []Copy) {
	own := &graph.Network{Name: net.Name, Nodes: slices.Clone(net.Nodes), Values: slices.Clone(net.Values), Input: net.Input, Output: net.Output}
	copies := make([]Copy, len(own.Nodes))
	for i, n := range own.Nodes {
		if l, ok := n.Layer.(Trainable); ok {
			copies[i] = l.ForTraining()
			own.Nodes[i].Layer = copies[i].Layer
		}
	}
	return own, copies
}

// collect lists the parameters, allocates their gradients, and lists the statistics. Layers of the
// same name get numbers.
func (t *Trainer) collect(copies []Copy) {
	names := map[string]bool{}
	t.grads = make([][]*tensor.Tensor, len(copies))
	for node, c := range copies {
		if c.Layer == nil {
			continue
		}
		first := t.net.Nodes[node].Name
		name := first
		for i := 2; names[name]; i++ {
			name = fmt.Sprintf("%s#%d", first, i)
		}
		names[name] = true
		for _, p := range c.Parameters {
			p.Name = name + "/" + p.Name
			p.Grad = tensor.New(p.Value.Shape...)
			t.parameters = append(t.parameters, p)
			t.grads[node] = append(t.grads[node], p.Grad)
		}
		for _, s := range c.Statistics {
			s.Name = name + "/" + s.Name
			t.statistics = append(t.statistics, s)
		}
	}
}

// Input returns the input; write the batch here before Forward.
func (t *Trainer) Input() *tensor.Tensor { return t.s.Input() }

// Forward runs the network in training mode and returns its output. Running statistics stay as
// they are.
func (t *Trainer) Forward() *tensor.Tensor { return t.s.Forward(t.s.Input().Batch(), nil) }

// Backward returns the gradient of sum(dlogits * output) with respect to the input at the
// latest Forward.
func (t *Trainer) Backward(dlogits *tensor.Tensor) *tensor.Tensor { return t.s.Backward(dlogits, nil) }

// Gradients is Backward, and also stores the gradient of every parameter and updates the running
// statistics with those of the latest Forward's batch.
func (t *Trainer) Gradients(dlogits *tensor.Tensor) *tensor.Tensor {
	dx := t.s.Gradients(dlogits)
	t.record()
	return dx
}

// ParameterGradients is Gradients without the gradient of the input, for training that does not
// need it.
func (t *Trainer) ParameterGradients(dlogits *tensor.Tensor) {
	t.s.WeightGradients(dlogits)
	t.record()
}

func (t *Trainer) record() {
	for _, record := range t.steps.records {
		record()
	}
}

// Parameters returns all parameters in the order of the layers.
func (t *Trainer) Parameters() []Parameter { return slices.Clone(t.parameters) }

// Update applies the changed values of the parameters and goes on to the next step. A Forward must
// come before the next Backward or Gradients.
func (t *Trainer) Update() {
	t.steps.step++
	t.refresh()
}

func (t *Trainer) refresh() { t.s.For(len(t.steps.updates), t.update) }

// Network returns the network with the present weights, for inference. It shares nothing with the
// trainer, and may be trained further.
func (t *Trainer) Network() (*graph.Network, error) {
	for _, p := range t.parameters {
		if i, ok := tensor.Finite(p.Value.Data); !ok {
			return nil, fmt.Errorf("parameter %s has become %g: use a smaller learning rate", p.Name, p.Value.Data[i])
		}
	}
	net, _ := withOwnWeights(t.net)
	return net.Inference(), nil
}

// State returns a copy of all that Update and Gradients change besides parameters.
func (t *Trainer) State() State {
	s := State{Step: t.steps.step}
	for _, v := range t.statistics {
		s.Statistics = append(s.Statistics, Statistic{v.Name, v.Value.Clone()})
	}
	return s
}

// SetState restores the state s of a Trainer of the same network and seed. Changes made to the
// values of parameters before the call take effect too.
func (t *Trainer) SetState(s State) error {
	if len(s.Statistics) != len(t.statistics) {
		return fmt.Errorf("state has %d statistics, the network has %d: want the state of the same network", len(s.Statistics), len(t.statistics))
	}
	for i, v := range t.statistics {
		if f := s.Statistics[i]; f.Name != v.Name || f.Value == nil || !tensor.SameShape(f.Value.Shape, v.Value.Shape) {
			return fmt.Errorf("state has the statistic %q where the network has %q of shape %v: want the state of the same network", f.Name, v.Name, v.Value.Shape)
		}
	}
	for i, v := range t.statistics {
		copy(v.Value.Data, s.Statistics[i].Value.Data)
	}
	t.steps.step = s.Step
	t.refresh()
	return nil
}

// Memory returns all memory of the session, as exec.Session.Memory does.
func (t *Trainer) Memory() [][]float32 { return t.s.Memory() }
