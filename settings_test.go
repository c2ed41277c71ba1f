package hoodwink

import (
	"errors"
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/model/store"
)

// TestSettings: what settings mean, and which one is named when they are wrong.
func TestSettings(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&Settings{As: "vulture", Norm: "L2", Step: "1/8", Seed: 3, At: "model", Attack: "pgd", Restarts: 2}).Request(m)
	if err != nil {
		t.Fatal(err)
	}
	if want := (attacks.PGD{Steps: DefaultSteps, StepSize: 0.125, Restarts: 2}); r.Attack != attack.Attack(want) || r.Norm != attack.L2 || r.Eps != 2 || r.Seed != 3 || !r.AtModel {
		t.Errorf("request %+v", r)
	}
	if until := r.Until.(attack.Targeted); until.Prob != WantedProb || until.Class != 1 {
		t.Errorf("until %+v", until)
	}
	for _, c := range []struct {
		s    Settings
		want string
	}{
		{Settings{}, "as"}, {Settings{As: "vulture", Not: []string{"dog"}}, "as"}, {Settings{As: "unicorn"}, "as"}, {Settings{Not: []string{"unicorn"}}, "not"},
		{Settings{As: "vulture", Eps: "-1"}, "eps"}, {Settings{As: "vulture", Eps: "1/0"}, "eps"}, {Settings{As: "vulture", Eps: "8"}, "eps"}, {Settings{As: "vulture", Eps: "0.4/255", At: "model"}, "eps"},
		{Settings{As: "vulture", Eps: " "}, "eps"}, {Settings{As: "vulture", Step: "2"}, "step"}, {Settings{As: "vulture", Step: "0.001/255"}, "step"}, {Settings{As: "vulture", Norm: "l2", Step: "1e-9"}, "step"}, {Settings{As: "vulture", Step: "x"}, "step"}, {Settings{As: "vulture", Norm: "l7"}, "norm"},
		{Settings{As: "vulture", Attack: "magic"}, "attack"}, {Settings{As: "vulture", Loss: "x"}, "loss"}, {Settings{As: "vulture", At: "x"}, "at"}, {Settings{As: "vulture", Steps: -1}, "steps"},
		{Settings{As: "vulture", Prob: 2}, "prob"}, {Settings{Not: []string{"dog"}, Prob: .5}, "prob"}, {Settings{As: "vulture", Restarts: 3}, "restarts"}, {Settings{As: "vulture", Attack: "fgsm", Steps: 3}, "steps"},
		{Settings{As: "vulture", Set: []string{"steps"}}, "set"}, {Settings{As: "vulture", Set: []string{"colour=1"}}, "set"},
		{Settings{As: "vulture", Set: []string{"steps=0"}}, "set"}, {Settings{As: "vulture", Set: []string{"step=0.001/255"}}, "step"}, {Settings{As: "vulture", Attack: "fgsm", Set: []string{"steps=3"}}, "set"},
	} {
		var wrong *SettingError
		if _, err := c.s.Request(m); !errors.As(err, &wrong) || wrong.Setting != c.want {
			t.Errorf("%+v: %v, want an error about %s", c.s, err, c.want)
		}
	}
	var wrong *SettingError
	if _, err := (&Settings{As: "vultre"}).Request(m); !errors.As(err, &wrong) || wrong.Hint() == "" {
		t.Errorf("a class that is almost right gets no hint: %v", err)
	}
	r, err = (&Settings{As: "vulture", Attack: "pgd", Set: []string{"steps=7", "step=2/255", "no-random-start=true", "loss=cw:1"}}).Request(m)
	want := attacks.PGD{Steps: 7, StepSize: 2. / 255, Restarts: 1, NoRandomStart: true, Loss: attack.CW{Kappa: 1}}
	if err != nil || r.Attack != attack.Attack(want) {
		t.Errorf("request %+v, %v", r.Attack, err)
	}
	args := (&Settings{As: "tennis ball", Attack: "bim", Norm: "linf", Steps: 100, Eps: "2/255", Set: []string{"exact=true"}, Seed: 7}).Args()
	if want := []string{"--as", "tennis ball", "--eps", "2/255", "--set", "exact=true", "--seed", "7"}; !slices.Equal(args, want) {
		t.Errorf("arguments %q, want %q", args, want)
	}
	if got, want := CommandLine(append([]string{"fool", "my panda.jpg"}, args...)...), "hoodwink fool 'my panda.jpg' --as 'tennis ball' --eps 2/255 --set exact=true --seed 7"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestSmallestChanges: an attack that looks for the smallest change has no limit unless one is given, and stops
// nowhere before; another one becomes such an attack with Smallest, once.
func TestSmallestChanges(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Settings
		name string
		eps  float64
	}{
		{Settings{As: "vulture"}, "bim", 8. / 255},
		{Settings{As: "vulture", Smallest: true}, "smallest-bim", math.Inf(1)},
		{Settings{As: "vulture", Smallest: true, Eps: "3/255"}, "smallest-bim", 3. / 255},
		{Settings{As: "vulture", Attack: "fab"}, "fab", math.Inf(1)},
		{Settings{As: "vulture", Attack: "fab", Smallest: true, Eps: "3/255"}, "fab", 3. / 255},
	} {
		r, err := c.s.Request(m)
		if err != nil {
			t.Errorf("%+v: %v", c.s, err)
			continue
		}
		if info := r.Attack.Info(); info.Name != c.name || r.Eps != c.eps || info.Minimal != (r.Until == nil) {
			t.Errorf("%+v became %s within %g until %v", c.s, info.Name, r.Eps, r.Until)
		}
	}
}
