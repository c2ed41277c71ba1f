package conform

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// A setting is an attack under a threat.
type setting struct {
	a    attack.Attack
	info attack.Info
	th   attack.Threat
	eps  float64
}

// reach is how far a picture may change in each norm: so far that some fool, and others do not.
var reach = map[attack.Norm]float64{attack.Linf: 0.14, attack.L2: 0.4, attack.L1: 1.2, attack.L0: 2, attack.L0Values: 4}

// most is how many questions an attack may ask where nothing else is said: enough for all that it does, and so few
// that no check takes long.
const most = 700

// shape is that of the pictures, which have so many pixels.
var shape = []int{3, 3, 3}

const pixels = 9

func network() *Form { return Layers(shape, 8, 5, 2) }

// Network is the model that most properties are checked on: pictures of 3x3 pixels in three channels,
// two layers and five classes.
func Network(n int) *Model { return NewModel(network(), n) }

// Examples returns n pictures for Network. Of every two one is to leave its class, and one to reach the
// second. Of every three one has a mask.
func Examples(th attack.Threat, eps float64, n int) []attack.Example {
	m := network()
	rng := rand.New(rand.NewPCG(5, 15))
	list := make([]attack.Example, n)
	for i := range list {
		x, z := make([]float32, 3*pixels), make([]float32, m.K)
		Noise(x, m.Lo, m.Hi, th.Levels, rng)
		m.Forward(z, x)
		top := tensor.Argmax(z)
		list[i] = attack.Example{X: x, Index: uint64(10 * i), Eps: eps, Goal: attack.Misclassification{Classes: []int{top}}}
		if i%2 == 1 {
			z[top] = float32(math.Inf(-1))
			list[i].Goal = attack.Targeted{Class: tensor.Argmax(z), Prob: 0.5}
		}
		if i%3 == 2 {
			list[i].Mask = make([]float32, pixels)
			for k := i % 2; k < pixels; k += 2 {
				list[i].Mask[k] = 1
			}
		}
	}
	return list
}

// examples returns n pictures. Where the model gives no probabilities, none is asked for.
func (s *setting) examples(n int) []attack.Example {
	list := Examples(s.th, s.eps, n)
	for i := range list {
		if goal, ok := list[i].Goal.(attack.Targeted); ok && s.info.Access == attack.Decisions {
			goal.Prob = 0
			list[i].Goal = goal
		}
	}
	return list
}

// model returns the network, for batches of up to n, with the access that the attack needs.
func (s *setting) model(n int) *probe { return &probe{Model: Network(n), access: s.info.Access} }

type verdicts = []*attack.Verdict

// never is a goal that no picture meets.
var never = attack.Targeted{Class: 0, Prob: 1}

// run attacks examples. That one of them ends with an error is an error.
func (s *setting) run(ctx context.Context, m *probe, o attack.Options, list ...attack.Example) (verdicts, error) {
	vs, err := s.try(ctx, m, o, list...)
	if err != nil {
		return nil, err
	}
	for i, v := range vs {
		if v.Err != nil {
			return nil, fmt.Errorf("picture %d: %w", i, v.Err)
		}
	}
	return vs, nil
}

// try attacks examples, some of which may end with an error.
func (s *setting) try(ctx context.Context, m *probe, o attack.Options, list ...attack.Example) (verdicts, error) {
	if o.Budget.Queries == 0 {
		o.Budget.Queries = most
	}
	if o.Threads == 0 {
		o.Threads = 1
	}
	return attack.Run(ctx, m, s.a, s.th, o, list...)
}

// Same returns an error that says how two verdicts differ, but for their numbers in a run.
func Same(got, want *attack.Verdict) error {
	a, b := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		x, y := a.Field(i).Interface(), b.Field(i).Interface()
		if xs, ok := x.([]float32); ok {
			if err := sameValues(xs, y.([]float32)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if x, y := fmt.Sprint(x), fmt.Sprint(y); x != y && name != "Number" {
			return fmt.Errorf("%s is %s, want %s", name, x, y)
		}
	}
	return nil
}

func sameValues(got, want []float32) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d values, want %d", len(got), len(want))
	}
	for i, v := range got {
		if !sameBits(v, want[i]) {
			return fmt.Errorf("value %d is %v, want %v", i, v, want[i])
		}
	}
	return nil
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// allSame compares verdicts with those that are wanted.
func allSame(got, want verdicts) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d verdicts, want %d", len(got), len(want))
	}
	for i, v := range got {
		if err := Same(v, want[i]); err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
	}
	return nil
}
