package conform

import (
	"context"
	"errors"
	"math"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// A probe is a model that answers no more than an attack says that it needs, and counts.
type probe struct {
	attack.Model
	access attack.Access

	asks, asked, pulled int // calls of Ask, their rows, and gradients

	before func(ctx context.Context) error      // may refuse a question
	after  func(x, logits *tensor.Tensor) error // may spoil its answer
}

// Access implements attack.Model.
func (p *probe) Access() (scores, gradients bool) {
	return p.access >= attack.Scores, p.access == attack.Gradients
}

// Ask implements attack.Model.
func (p *probe) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	p.asks++
	if p.before != nil {
		if err := p.before(ctx); err != nil {
			return nil, err
		}
	}
	p.asked += x.Batch()
	logits, err := p.Model.Ask(ctx, x, keys)
	for i := 0; p.access == attack.Decisions && i < x.Batch(); i++ {
		z := logits.Image(i)
		top := tensor.Argmax(z)
		clear(z)
		z[top] = 1
	}
	if p.after != nil {
		err = p.after(x, logits)
	}
	return logits, err
}

// errPull is how an attack fails that follows gradients without having said so.
var errPull = errors.New("it asks for a gradient, and its Info does not say that it needs gradients")

// Pull implements attack.Model.
func (p *probe) Pull(ctx context.Context, d *tensor.Tensor) (*tensor.Tensor, error) {
	if p.access < attack.Gradients {
		return nil, errPull
	}
	p.pulled += d.Batch()
	return p.Model.Pull(ctx, d)
}

// Values by which a troubled model knows the pictures that it treats badly: they are 1 there.
const (
	failing = iota // its rows fail
	spoilt         // one of its logits is no number
	still          // its logits never change
	marks
)

// errRow is how the rows of a failing picture fail.
var errRow = errors.New("the row failed")

// troubled makes a model treat the pictures badly that are marked, and no others.
func troubled(p *probe) *probe {
	p.after = func(x, logits *tensor.Tensor) error {
		failed, some := make(attack.RowErrors, x.Batch()), false
		for i := range failed {
			switch v, z := x.Image(i), logits.Image(i); {
			case v[failing] == 1:
				failed[i], some = errRow, true
			case v[spoilt] == 1:
				z[0] = float32(math.NaN())
			case v[still] == 1:
				clear(z)
				z[0] = 1
			}
		}
		if some {
			return failed
		}
		return nil
	}
	return p
}

// A Func is an attack from a function, for tests.
type Func struct {
	Is attack.Info
	Do func(t *attack.Trial)
}

// Info implements attack.Attack.
func (f Func) Info() attack.Info { return f.Is }

// Attack implements attack.Attack.
func (f Func) Attack(t *attack.Trial) { f.Do(t) }
