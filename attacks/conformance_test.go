package attacks_test

import (
	"context"
	"fmt"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// conforming are the attacks that are checked: those that people can ask for, and other settings of them.
var conforming = append(attacks.All[:len(attacks.All):len(attacks.All)],
	attacks.PGD{Steps: 6, Restarts: 3, Loss: attack.Margin},
	attacks.BIM{Exact: true},
	attacks.DI{Steps: 100, NoMomentum: true, Rate: 0.6},
	attacks.TI{Kernel: 3},
	attacks.PGDAdam{Steps: 6, Restarts: 3},
	attacks.Smallest{Base: attacks.BIM{}},
	attacks.Smallest{Base: attacks.PGD{Steps: 5}},
	attacks.APGDCE{Steps: 7, Restarts: 2},
	attacks.APGDDLR{Steps: 20, Plain: true},
	attacks.SparseL1{Random: true, Quantile: 0.5},
	attacks.FAB{Steps: 4, Restarts: 3},
	Noise{},
)

// TestConformance: every attack keeps what attacks promise.
func TestConformance(t *testing.T) {
	for _, a := range conforming {
		t.Run(fmt.Sprint(a.Info().Name, attack.Settings(a)), func(t *testing.T) {
			t.Parallel()
			for _, c := range conform.Cases(conform.Brief(a)) {
				if err := c.Check(t.Context()); err != nil {
					t.Errorf("%v: %v", c, err)
				}
			}
		})
	}
}

// TestStepsAllocateNothing compares runs of a picture with a small and a large budget.
func TestStepsAllocateNothing(t *testing.T) {
	for _, a := range conforming {
		for _, norm := range a.Info().Norms {
			for _, levels := range []int{0, 256} {
				th := attack.Threat{Norm: norm, Levels: levels}
				m := &still{Model: conform.Network(3), logits: tensor.New(3, 5), dx: tensor.New(3, 3, 3, 3)}
				list := conform.Examples(th, 4, 1)
				for i := range list {
					list[i].Goal = attack.Targeted{Class: 0, Prob: 1}
				}
				asked, stages := 0, 0 // a stage may allocate, its steps not
				allocs := func(queries int) float64 {
					o := attack.Options{Threads: 1, Budget: attack.Budget{Queries: queries}}
					return testing.AllocsPerRun(5, func() {
						vs, err := attack.Run(t.Context(), m, a, th, o, list...)
						if err != nil || vs[0].Err != nil {
							t.Fatal(err, vs[0].Err)
						}
						asked, stages = vs[0].Forwards, len(vs[0].Stages)
					})
				}
				if short, long := allocs(40), allocs(200); stages == 0 && long > short+3 { // the system's own, at times
					t.Errorf("%s%v in %v, %d levels: %g allocations for 40 queries, %g for %d",
						a.Info().Name, attack.Settings(a), norm, levels, short, long, asked)
				}
			}
		}
	}
}

// still is a model whose questions allocate nothing, and whose answers are always the same.
type still struct {
	*conform.Model
	logits, dx *tensor.Tensor
	views      [2]tensor.Views
}

func (m *still) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	for i := range m.logits.Data {
		m.logits.Data[i] = float32(i % 5)
	}
	return m.views[0].First(m.logits, x.Batch()), nil
}

func (m *still) Pull(_ context.Context, d *tensor.Tensor) (*tensor.Tensor, error) {
	for i := range m.dx.Data {
		m.dx.Data[i] = float32(i%3) - 0.5
	}
	return m.views[1].First(m.dx, d.Batch()), nil
}
