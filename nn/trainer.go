package nn

import (
	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// TrainerOptions say how a Trainer works.
type TrainerOptions struct {
	Batch   int    // examples run together; 0 means 1. Batch normalisation sees them all
	Threads int    // goroutines used; 0 means GOMAXPROCS. The result does not depend on it
	Seed    uint64 // seed of the masks of Dropout

	plainOnly bool // no blocked pictures: every layer as its Bind makes it
}

// A Trainer has copies of a network's weights, which may change, and their gradients. One step of
// training is
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
// BatchNorm normalises by the batch, Dropout drops. The bits of all results depend on the network,
// the batch, the seed and the step, never on the number of threads. After the first step nothing is
// allocated. A Trainer must not be used by two goroutines at once.
type Trainer struct{ t *training.Trainer }

// NewTrainer copies the weights and plans the memory of a batch. The network may be one that
// a Trainer made. The error names layers that have weights but cannot be trained.
func (net *Network) NewTrainer(o TrainerOptions) (*Trainer, error) {
	t, err := training.New(net.g, training.Options{Options: execOptions(o.Batch, o.Threads, false, o.plainOnly), Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	return &Trainer{t}, nil
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (t *Trainer) Input() *tensor.Tensor { return t.t.Input() }

// Forward runs the network in training mode and returns its output, (N,K) for a classifier.
// Within a step, Dropout drops the same values every time. Running statistics stay as they
// are. The tensor belongs to the trainer and is overwritten by the next Forward.
func (t *Trainer) Forward() *tensor.Tensor { return t.t.Forward() }

// Backward returns the gradient of sum(dlogits * output) with respect to the input at the
// latest Forward, shape (N,C,H,W). The tensor belongs to the trainer and is overwritten by
// the next Backward or Gradients.
func (t *Trainer) Backward(dlogits *tensor.Tensor) *tensor.Tensor { return t.t.Backward(dlogits) }

// Gradients is Backward, and also stores the gradient of every parameter and updates the running
// statistics with those of the latest Forward's batch.
func (t *Trainer) Gradients(dlogits *tensor.Tensor) *tensor.Tensor { return t.t.Gradients(dlogits) }

// ParameterGradients is Gradients without the gradient of the input, for training that does not
// need it.
func (t *Trainer) ParameterGradients(dlogits *tensor.Tensor) { t.t.ParameterGradients(dlogits) }

// Parameters returns all parameters in the order of the layers. The tensors stay the same
// for the trainer's life.
func (t *Trainer) Parameters() []Parameter { return t.t.Parameters() }

// Update applies the changed values of the parameters and goes on to the next step. A Forward must
// come before the next Backward or Gradients.
func (t *Trainer) Update() { t.t.Update() }

// Network returns the network with the present weights, for inference: batch normalisation by the
// running statistics, folded into the weights before it, and no dropout. It shares nothing with the
// trainer, and may be trained further.
func (t *Trainer) Network() (*Network, error) {
	net, err := t.t.Network()
	if err != nil {
		return nil, err
	}
	return &Network{net}, nil
}

// State returns a copy of all that Update and Gradients change besides parameters.
func (t *Trainer) State() State { return t.t.State() }

// SetState restores the state s of a Trainer of the same network and seed. Changes made to the
// values of parameters before the call take effect too.
func (t *Trainer) SetState(s State) error { return t.t.SetState(s) }
