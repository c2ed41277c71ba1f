package lab

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"hoodwink/internal/advice"
	"hoodwink/internal/worker"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
)

// Networks that were sent run in child processes. At a time, each run has one at most, and all
// requests together another.

// Child does the work of a child process of a lab and does not return, if this process is one. The
// main function of a program that has a [Lab] calls it first. Without that, the lab refuses networks
// that are sent to it.
func Child() { worker.Main() }

// runGrace is how long a run that is to end waits for an answer of its network.
const runGrace = time.Second

// newPool returns the pool of the child processes.
func (l *Lab) newPool() *worker.Pool {
	return worker.NewPool(worker.Options{Children: l.o.Workers + 1, Threads: l.o.Threads, Log: func(said string) {
		l.log.Warn("a network that was sent ended its process", "it said", said)
	}})
}

// uploads returns where the models are that were sent to the lab.
func (l *Lab) uploads() store.Options { return store.Options{Dir: filepath.Join(l.o.Dir, "models")} }

// openModel opens a model by its name, and only by its name: store.Open would also take a path.
func (l *Lab) openModel(ctx context.Context, name string) (*model.Model, *worker.Model, error) {
	has := func(o store.Options) bool {
		for _, info := range store.List(o) {
			if info.Name == name {
				return true
			}
		}
		return false
	}
	switch {
	case has(l.o.Models):
		m, err := store.Open(name, l.o.Models)
		return m, nil, err
	case !has(l.uploads()):
		return nil, nil, refuse(http.StatusNotFound, "model_unknown", "no model is called "+quoted(name), "GET /api/models lists them")
	}
	release, err := l.sent.enter(ctx, 1)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	sent, err := l.pool.Open(ctx, l.uploads().Dir, name)
	if err != nil {
		return nil, nil, err
	}
	return sent.Model, sent, nil
}

// opening makes open read files that nobody has checked.
func (l *Lab) opening(open opener) opener {
	return func(ctx context.Context, name string) (m *model.Model, sent *worker.Model, err error) {
		err = l.safely("the model "+name, func() (err error) {
			m, sent, err = open(ctx, name)
			return err
		})
		return m, sent, err
	}
}

// modelNamed returns an open model to look at; "" means the default one. The caller leaves it on the
// shelf.
func (l *Lab) modelNamed(ctx context.Context, name string) (*opened, error) {
	if name == "" {
		name = l.defaultModel()
	}
	o, err := l.shelf.get(ctx, name)
	if err != nil {
		return nil, modelProblem(name, err)
	}
	return o, nil
}

// A borrowed model is one that a request or a run uses, and then returns.
type borrowed struct {
	*opened
	m       *model.Model // to run
	l       *Lab
	loan    *worker.Loan // nil for a model of one's own
	release func()       // of the gate; nil for a run
}

// borrow returns a model for a request. It waits for its turn if the model was sent to the lab, so
// it comes before the other gates.
func (l *Lab) borrow(ctx context.Context, name string) (*borrowed, error) {
	b, err := l.borrowForRun(ctx, name, 0)
	if err == nil && b.loan != nil {
		if b.release, err = l.sent.enter(ctx, 1); err != nil {
			b.end()
			return nil, err
		}
	}
	return b, err
}

// borrowForRun returns a model for a run, which has taken its turn already. If ctx ends, the network
// has some grace to answer.
func (l *Lab) borrowForRun(ctx context.Context, name string, grace time.Duration) (*borrowed, error) {
	o, err := l.modelNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	b := &borrowed{opened: o, m: o.m, l: l}
	if o.sent != nil {
		if b.loan, err = o.sent.Borrow(ctx, grace); err != nil {
			l.shelf.leave(o)
			return nil, err
		}
		b.m = b.loan.Model
	}
	return b, nil
}

// end returns the model.
func (b *borrowed) end() {
	if b.loan != nil {
		b.loan.Return()
	}
	if b.release != nil {
		b.release()
	}
	b.l.shelf.leave(b.opened)
}

// rest frees the process of a network while nothing is asked of it.
func (b *borrowed) rest() {
	if b.loan != nil {
		b.loan.Rest()
	}
}

// logits classifies pixels (1,3,H,W).
func (b *borrowed) logits(x *tensor.Tensor) ([]float32, error) {
	if b.loan == nil {
		return b.l.shelf.logits(b.opened, x, b.l.o.Threads)
	}
	p, err := b.m.Predictor(b.l.o.Threads)
	if err != nil {
		return nil, err
	}
	return p.Pixels(x)
}

// fault returns why the model failed: the end of its process, of which err is only a consequence,
// or err.
func (b *borrowed) fault(err error) error {
	if b.loan == nil || err == nil {
		return err
	}
	switch cause := b.loan.Err(); {
	case cause == nil:
		return err
	case ended(cause) != nil:
		return cause
	default:
		return modelProblem(b.name, cause)
	}
}

// sentProblem says why a network that was sent cannot be used, nil if err is about something else.
func sentProblem(name string, err error) error {
	var over *worker.EndedError
	var own *worker.Failure
	switch {
	case errors.As(err, &over):
		return refuse(http.StatusUnprocessableEntity, "model_ended", "the model "+quoted(name)+" cannot be used: "+over.Error(), advice.Of(err))
	case errors.As(err, &own) && own.Large:
		return refuse(http.StatusUnprocessableEntity, "model_large", own.Text, own.Advice)
	}
	return nil
}
