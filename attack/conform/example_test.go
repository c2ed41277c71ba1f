package conform_test

import (
	"context"
	"fmt"

	"hoodwink/attack"
	"hoodwink/attack/conform"
)

// Greedy makes one value after the other lighter or darker, whichever raises the loss.
type Greedy struct{ careless bool }

// Info implements attack.Attack.
func (Greedy) Info() attack.Info {
	return attack.Info{Name: "greedy", Norms: []attack.Norm{attack.Linf}, Access: attack.Scores}
}

// Attack implements attack.Attack.
func (a Greedy) Attack(t *attack.Trial) {
	v, better := t.New(), t.New()
	copy(better, t.X)
	best, ok := t.Score(t.X, attack.Margin)
	for k := 0; ok && k < len(v); k++ {
		for _, d := range []float64{t.Eps, -t.Eps} {
			copy(v, better)
			v[k] += float32(d)
			if !a.careless {
				t.Confine(v)
			}
			var s attack.Sight
			if s, ok = t.Score(v, attack.Margin); !ok {
				return
			}
			if s.Loss > best.Loss {
				best = s
				copy(better, v)
				break
			}
		}
	}
}

// An attack that was written elsewhere is checked by one call.
func ExampleCheck() {
	fmt.Println(conform.Check(context.Background(), Greedy{}))
	// Output: <nil>
}

// Cases says what is checked, one by one. This attack forgets to confine its pictures.
func ExampleCases() {
	for _, c := range conform.Cases(Greedy{careless: true}) {
		if c.Threat.Levels == 0 && c.Check(context.Background()) != nil {
			fmt.Printf("%s: not so. %s\n", c, c.Property.Says)
		}
	}
	// Output:
	// ball in linf: not so. No change that is tried is larger than eps, since any may be the result.
	// bounds in linf: not so. No value leaves the bounds of the model.
	// mask in linf: not so. What the mask protects keeps every bit.
	// trouble in linf: not so. A picture that fails, that nothing fools or that is malformed leaves the others alone.
}
