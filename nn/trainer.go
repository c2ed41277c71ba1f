package nn

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A Parameter is one weight tensor of a Trainer.
type Parameter struct {
	Name  string         // layer and role: "conv1/weights", "conv1/bias", "bn1/scale"
	Value *tensor.Tensor // change it, then call Update
	Grad  *tensor.Tensor // set by Gradients
	Decay bool           // whether weight decay is usual for it: not for biases and batch normalisation
}

// A Statistic is a tensor that training changes and gradients do not: a running mean or
// variance.
type Statistic struct {
	Name  string // "bn1/mean", "bn1/variance"
	Value *tensor.Tensor
}

// A State is what a Trainer needs, besides the values of its parameters, to go on exactly
// where another one was.
type State struct {
	Step       uint64 // Updates so far
	Statistics []Statistic
}

// TrainerOptions say how a Trainer works.
type TrainerOptions struct {
	Batch   int    // examples run together; 0 means 1. Batch normalisation sees them all
	Threads int    // goroutines used; 0 means GOMAXPROCS. The result does not depend on it
	Seed    uint64 // of the masks of Dropout

	plainOnly bool // no blocked pictures: every layer as its Bind makes it
}

// A Trainer has a network's weights, as copies that may change, and their gradients. One
// step of training is
//
//	copy(t.Input().Data, pictures)
//	logits := t.Forward()
//	... // the gradient of the loss with respect to logits
//	t.Gradients(dlogits)
//	for _, p := range t.Parameters() {
//		tensor.AddScaled(p.Value.Data, -rate, p.Grad.Data)
//	}
//	t.Update()
//
// BatchNorm normalises by the batch, Dropout drops. The bits of all results depend on the
// network, the batch, the seed and the step, never on the number of threads. After the
// first step nothing is allocated. A Trainer must not be used by two goroutines at once.
type Trainer struct {
	s          *Session // of a network of the trainer's own
	source     *Network // where that comes from
	training   *training
	parameters []Parameter
	statistics []Statistic
	learn      []level // the way back with the gradients of the parameters
	brief      []level // the same without the input's
	update     func(worker, i int)
}

// NewTrainer copies the weights and plans the memory of a batch. The network may be one that
// a Trainer made. The error names layers that have weights but cannot be trained.
func (net *Network) NewTrainer(o TrainerOptions) (*Trainer, error) {
	if net.trained != nil {
		net = net.trained
	}
	o.Batch = max(o.Batch, 1)
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if err := net.checkTrainable(); err != nil {
		return nil, err
	}
	t := &Trainer{source: net, training: &training{seed: o.Seed}}
	own := net.withOwnWeights()
	t.collect(own)
	if err := t.plan(own, SessionOptions{Batch: o.Batch, Threads: o.Threads, plainOnly: o.plainOnly}); err != nil {
		return nil, fmt.Errorf("batch of %d: %w", o.Batch, err)
	}
	t.update = func(_, i int) { t.training.updates[i]() }
	t.refresh()
	return t, nil
}

// checkTrainable names the layers that stand in the way of training.
func (net *Network) checkTrainable() error {
	var stuck []string
	seen := map[Layer]bool{}
	for _, n := range net.nodes {
		if m, ok := n.layer.(Mixer); ok && m.Mixes(net.shapes(n.in)) {
			return &LayerError{n.name, n.layer.Kind(), errors.New("may mix the examples of a batch: such a network runs, but cannot be trained")}
		}
		if _, ok := n.layer.(trainable); ok {
			if seen[n.layer] {
				return &LayerError{n.name, n.layer.Kind(), errors.New("shares its weights with another layer: give each its own to train them")}
			}
			seen[n.layer] = true
			continue
		}
		if c, ok := n.layer.(Coster); ok {
			if params, _ := c.Cost(net.shapes(n.in)); params > 0 {
				stuck = append(stuck, fmt.Sprintf("%q (%s)", n.name, n.layer.Kind()))
			}
		}
	}
	if len(stuck) > 0 {
		return fmt.Errorf("network %q cannot be trained: no gradients for the weights of %s", net.name, strings.Join(stuck, ", "))
	}
	return nil
}

// withOwnWeights returns the network with copies of all that a Trainer changes.
func (net *Network) withOwnWeights() *Network {
	own := &Network{name: net.name, nodes: slices.Clone(net.nodes), values: slices.Clone(net.values), input: net.input, output: net.output}
	for i := range own.nodes {
		if l, ok := own.nodes[i].layer.(trainable); ok {
			own.nodes[i].layer = l.clone()
		}
	}
	return own
}

// collect lists the parameters, makes their gradients, and lists the statistics. Layers of
// one name are told apart by numbers.
func (t *Trainer) collect(own *Network) {
	names := map[string]bool{}
	for _, n := range own.nodes {
		var grads []*tensor.Tensor
		if l, ok := n.layer.(trainable); ok {
			name := n.name
			for i := 2; names[name]; i++ {
				name = fmt.Sprintf("%s#%d", n.name, i)
			}
			names[name] = true
			for _, p := range l.parameters() {
				p.Name = name + "/" + p.Name
				p.Grad = tensor.New(p.Value.Shape...)
				t.parameters = append(t.parameters, p)
				grads = append(grads, p.Grad)
			}
			if r, ok := l.(recorder); ok {
				for _, s := range r.statistics() {
					s.Name = name + "/" + s.Name
					t.statistics = append(t.statistics, s)
				}
			}
		}
		t.training.grads = append(t.training.grads, grads)
	}
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (t *Trainer) Input() *tensor.Tensor { return t.s.Input() }

// Forward runs the network in training mode and returns its output, (N,K) for a classifier.
// Within a step, Dropout drops the same values every time. Running statistics stay as they
// are. The tensor belongs to the trainer and is overwritten by the next Forward.
func (t *Trainer) Forward() *tensor.Tensor { return t.s.Forward() }

// Backward returns the gradient of sum(dlogits * output) with respect to the input at the
// latest Forward, shape (N,C,H,W). The tensor belongs to the trainer and is overwritten by
// the next Backward or Gradients.
func (t *Trainer) Backward(dlogits *tensor.Tensor) *tensor.Tensor { return t.s.Backward(dlogits) }

// Gradients is Backward that also stores the gradient of every parameter and takes the
// statistics of the latest Forward's batch into the running ones.
func (t *Trainer) Gradients(dlogits *tensor.Tensor) *tensor.Tensor {
	t.goBack(t.learn, dlogits)
	return t.s.din
}

// ParameterGradients is Gradients without the gradient of the input, for training that has
// no use for it.
func (t *Trainer) ParameterGradients(dlogits *tensor.Tensor) { t.goBack(t.brief, dlogits) }

func (t *Trainer) goBack(levels []level, dlogits *tensor.Tensor) {
	t.s.begin(dlogits)
	for i := range levels {
		levels[i].do(t.s.team)
	}
	for _, record := range t.training.records {
		record()
	}
}

// Parameters returns all parameters in the order of the layers. The tensors stay the same
// for the trainer's life.
func (t *Trainer) Parameters() []Parameter { return slices.Clone(t.parameters) }

// Update takes in the changed values of the parameters and goes on to the next step. A
// Forward must come before the next Backward or Gradients.
func (t *Trainer) Update() {
	t.training.step++
	t.refresh()
}

func (t *Trainer) refresh() { t.s.team.For(len(t.training.updates), t.update) }

// Network returns the network with the weights of now, for inference: batch normalisation by
// the running statistics, folded into the weights before it, and no dropout. It shares
// nothing with the trainer, and may be trained further.
func (t *Trainer) Network() (*Network, error) {
	net := t.s.net.withOwnWeights()
	for _, p := range t.parameters {
		if i, ok := tensor.Finite(p.Value.Data); !ok {
			return nil, fmt.Errorf("parameter %s has become %g: use a smaller learning rate", p.Name, p.Value.Data[i])
		}
	}
	return net.inference(), nil
}

// State returns a copy of all that Update and Gradients change besides parameters.
func (t *Trainer) State() State {
	s := State{Step: t.training.step}
	for _, v := range t.statistics {
		s.Statistics = append(s.Statistics, Statistic{v.Name, v.Value.Clone()})
	}
	return s
}

// SetState goes to where a Trainer of the same network and seed was when State returned s.
// Values of parameters that were changed before are taken in.
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
	t.training.step = s.Step
	t.refresh()
	return nil
}

// plan gives the trainer a session, and levels for Gradients.
func (t *Trainer) plan(own *Network, o SessionOptions) error {
	shapes, err := own.batchShapes(o.Batch)
	if err != nil {
		return err
	}
	g := own.lower(shapes, o.plainOnly)
	g.training = true
	p := g.planMemory(false)
	if p.floats > maxTotalSize {
		return errTooLarge
	}
	b := newBinder(p, kernel.NewTeam(o.Threads))
	b.training = t.training
	t.s = newSession(own, o)
	t.s.bind(b)
	t.brief, t.learn, t.s.back = merge(b.back, b.learn), merge(b.back, b.ends, b.learn), merge(b.back, b.ends)
	for _, levels := range [][]level{t.s.ahead, t.brief, t.learn, t.s.back} {
		share(levels, b.team.Threads())
	}
	return nil
}

// merge returns levels that do what several do at once.
func merge(lists ...[]level) []level {
	all := make([]level, len(lists[0]))
	for i := range all {
		for _, list := range lists {
			l := &list[i]
			all[i].before = append(all[i].before, l.before...)
			all[i].after = append(all[i].after, l.after...)
			for k := range l.lists {
				all[i].addList(l.list(k))
			}
		}
	}
	return all
}
