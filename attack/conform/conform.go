package conform

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"hoodwink/attack"
)

// A Family is a kind of attacks, of which the same is asked.
type Family struct {
	Name string
	has  func(s *setting) bool
}

// The families. An attack is in several of them.
var (
	every     = Family{"every attack", func(*setting) bool { return true }}
	files     = Family{"every attack, for files", func(s *setting) bool { return s.th.Levels > 0 }}
	fixed     = Family{"fixed budget", func(s *setting) bool { return !s.info.Minimal }}
	minimal   = Family{"minimum norm", func(s *setting) bool { return s.info.Minimal }}
	gradients = Family{"gradients", func(s *setting) bool { return s.info.Access == attack.Gradients }}
	blind     = Family{"scores and decisions", func(s *setting) bool { return s.info.Access < attack.Gradients }}
	decisions = Family{"decisions", func(s *setting) bool { return s.info.Access == attack.Decisions }}
	extends   = Family{"extensions of another attack", isExtension}
	exact     = Family{"those that converge on linear models", isConverging}
)

// A Property is something that attacks of a family promise.
type Property struct {
	Name   string
	Family Family
	Says   string // what holds, in a sentence

	holds func(ctx context.Context, s *setting) error
}

// properties is the table.
var properties = []Property{
	{"ball", every, "No change that is tried is larger than eps, since any may be the result.", inBall},
	{"bounds", every, "No value leaves the bounds of the model.", inBounds},
	{"mask", every, "What the mask protects keeps every bit.", inMask},
	{"lattice", files, "Every value of a result is one of the levels of the file.", onLattice},
	{"verdict", every, "Logits and size are those of the picture, and success is what the logits say.", verdictHolds},
	{"fools", every, "Some of the pictures fool.", foolsSome},
	{"input", every, "The original and its mask are not written to.", inputUntouched},
	{"zero", every, "With eps 0 the original is the result, classified once.", epsZero},
	{"met", every, "A picture that is already what is asked for stays as it is.", alreadyMet},
	{"seed", every, "The same seed gives the same bits.", sameSeed},
	{"together", every, "A picture's verdict is the same alone and among others, in any order, batch and number of threads.", sameTogether},
	{"parked", every, "Pixels may leave memory between two questions.", sameParked},
	{"observed", every, "An observer sees what was classified, the result included, and changes nothing.", observed},
	{"queries", every, "A budget of queries holds and is used up, to the one.", budgetOfQueries},
	{"passes", every, "A budget of queries and gradients together holds and is used up, to the one.", budgetOfBoth},
	{"time", every, "A budget of time ends a question that takes too long, and the verdict is marked.", budgetOfTime},
	{"cancel", every, "Whenever a run is cancelled, the verdicts so far hold.", cancelled},
	{"trouble", every, "A picture that fails, that nothing fools or that is malformed leaves the others alone.", troubles},
	{"failure", every, "A question that fails as a whole ends the run with its error.", wholeFails},
	{"highest", fixed, "Of all pictures that were classified, where none meets the goal, the result has the highest loss.", highestLoss},
	{"smallest", minimal, "Of all pictures that were classified and meet the goal, the result is the smallest.", smallestOfAll},
	{"gradients", gradients, "A budget of gradients holds and is used up, to the one.", budgetOfGradients},
	{"no gradients", blind, "No gradient is asked for.", noGradients},
	{"decisions", decisions, "The result does not depend on more than the class.", classesOnly},
	{"extension", extends, "With what it adds switched off, it is the other attack, to the bit.", equalsBase},
	{"linear", exact, "On a linear model it finds the exact answer, and nothing smaller.", exactOnLinear},
}

// briefSteps is how many steps Brief leaves.
const briefSteps = 30

// Brief returns an attack of minimum norm with few steps, if it takes a number of them and that is at
// its default: what an attack promises does not depend on how many it takes.
func Brief(a attack.Attack) attack.Attack {
	if steps, ok := attack.Value(a, "steps"); !ok || steps > 0 || !a.Info().Minimal {
		return a
	}
	if brief, err := attack.Set(a, "steps", strconv.Itoa(briefSteps)); err == nil {
		return brief
	}
	return a
}

// Properties returns the table of what attacks promise.
func Properties() []Property { return append([]Property(nil), properties...) }

// A Case is a property of an attack under a threat.
type Case struct {
	Attack   attack.Attack
	Property Property
	Threat   attack.Threat
}

// String says what is checked: "ball in linf, 256 levels".
func (c Case) String() string {
	if c.Threat.Levels == 0 {
		return fmt.Sprintf("%s in %v", c.Property.Name, c.Threat.Norm)
	}
	return fmt.Sprintf("%s in %v, %d levels", c.Property.Name, c.Threat.Norm, c.Threat.Levels)
}

func (c Case) setting() *setting {
	return &setting{a: c.Attack, info: c.Attack.Info(), th: c.Threat, eps: reach[c.Threat.Norm]}
}

// Cases lists what an attack promises: every property of its families, in every norm that it knows, for
// floats, files of 8 bits, and files of 16 levels, where rounding matters.
func Cases(a attack.Attack) []Case {
	var list []Case
	for _, p := range properties {
		for _, norm := range a.Info().Norms {
			for _, levels := range []int{0, 16, 256} {
				c := Case{a, p, attack.Threat{Norm: norm, Levels: levels}}
				if p.Family.has(c.setting()) {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

// Check returns an error if the property does not hold. A panic of the attack is one, too.
func (c Case) Check(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it panics: %v", v)
		}
	}()
	return c.Property.holds(ctx, c.setting())
}

// Check checks all that an attack promises, and returns an error that joins one for every case in which
// it does not hold. When ctx ends it returns its error.
func Check(ctx context.Context, a attack.Attack) error {
	var errs []error
	cases := Cases(a)
	if len(cases) == 0 {
		return errors.New("the attack knows no norm: nothing can be checked")
	}
	for _, c := range cases {
		err := c.Check(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%v: %w", c, err))
		}
	}
	return errors.Join(errs...)
}
