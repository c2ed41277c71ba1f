package train

import (
	"cmp"
	"fmt"

	"hoodwink/attack"
	"hoodwink/internal/names"
)

// A Defence is a way of training on adversarial pictures.
type Defence int

// The defences. J is the loss. Every perturbation d has |d|_inf <= Eps and x+d in [0,1].
const (
	Undefended Defence = iota

	// FGSM trains on Alpha*J(x) + (1-Alpha)*J(x + Eps*sign(dJ/dx)) (Goodfellow, Shlens,
	// Szegedy 2015, "Explaining and Harnessing Adversarial Examples", arXiv:1412.6572).
	FGSM

	// PGD trains on J(x+d), with d from Steps steps of projected gradient ascent from a
	// random start (Madry et al. 2018, "Towards Deep Learning Models Resistant to
	// Adversarial Attacks", arXiv:1706.06083).
	PGD

	// Fast is PGD of one step of 1.25*Eps, from a start that is not clipped to [0,1] (Wong, Rice,
	// Kolter 2020, "Fast is better than free: Revisiting adversarial training", arXiv:2001.03994).
	// Use it with a cyclic schedule.
	Fast

	// TRADES trains on J(x) + Beta*KL(p(x) || p(x+d)), where d climbs the divergence from
	// a random start of 0.001 (Zhang et al. 2019, "Theoretically Principled Trade-off
	// between Robustness and Accuracy", arXiv:1901.08573).
	TRADES

	// Free makes Steps steps of training on each batch. Each also climbs the perturbation, which is
	// kept from batch to batch (Shafahi et al. 2019, "Adversarial Training for Free!",
	// arXiv:1904.12843). Every epoch begins without a perturbation.
	Free
)

var defenceNames = []string{"none", "fgsm", "pgd", "fast", "trades", "free"}

// String returns the name that ParseDefence understands.
func (d Defence) String() string { return names.Of(int(d), defenceNames, "Defence") }

// MarshalText writes the name.
func (d Defence) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// ParseDefence returns the defence of a name: "none", "fgsm", "pgd", "fast", "trades" or
// "free".
func ParseDefence(name string) (Defence, error) {
	i, err := parseName(name, defenceNames, "adversarial training")
	return Defence(i), err
}

// Adversarial says how training pictures are made adversarial. Gradients are those of the network
// as it trains: batch normalisation uses the batch, and dropout drops.
type Adversarial struct {
	Defence  Defence
	Eps      float64 // largest change of a value, in pixel units of [0,1]
	Steps    int     // of PGD and TRADES, 0 means 7 and 10; replays of Free, 0 means 4
	StepSize float64 // 0 means 2.5*Eps/Steps, for Fast 1.25*Eps, for FGSM and Free Eps
	Alpha    float64 // of FGSM, in (0,1); 0 means 0.5
	Beta     float64 // of TRADES; 0 means 6
}

func (a Adversarial) withDefaults() Adversarial {
	switch a.Defence {
	case PGD:
		a.Steps = cmp.Or(a.Steps, 7)
	case TRADES:
		a.Steps = cmp.Or(a.Steps, 10)
		a.Beta = cmp.Or(a.Beta, 6)
	case Free:
		a.Steps = cmp.Or(a.Steps, 4)
	case FGSM, Fast:
		a.Steps = cmp.Or(a.Steps, 1)
	}
	switch a.Defence {
	case PGD, TRADES:
		a.StepSize = cmp.Or(a.StepSize, 2.5*a.Eps/float64(max(a.Steps, 1)))
	case Fast:
		a.StepSize = cmp.Or(a.StepSize, 1.25*a.Eps)
	case FGSM, Free:
		a.StepSize = cmp.Or(a.StepSize, a.Eps)
	}
	if a.Defence == FGSM {
		a.Alpha = cmp.Or(a.Alpha, 0.5)
	}
	return a
}

func (a Adversarial) check() error {
	bad := func(hint, format string, args ...any) error {
		return &Error{Msg: fmt.Sprintf(format, args...), Advice: hint}
	}
	switch {
	case a.Defence < Undefended || a.Defence > Free:
		return bad("", "there is no adversarial training %v", a.Defence)
	case a.Defence == Undefended && a != (Adversarial{}):
		return bad("choose fgsm, pgd, fast, trades or free", "eps, steps, alpha or beta of adversarial training are given, but not which one")
	case a.Defence == Undefended:
		return nil
	case a.Eps > 1:
		return &Error{Msg: "eps of adversarial training", Err: attack.Linf.CheckSize(a.Eps, nil, 0)}
	case !(a.Eps > 0):
		return bad("give a largest change in pixel units of [0,1], such as 8/255, or 0.3 for MNIST", "eps of adversarial training is %g", a.Eps)
	case a.Steps < 1 || a.Steps > 1000 || (a.Defence == FGSM || a.Defence == Fast) && a.Steps != 1:
		return bad("want 1 for fgsm and fast, 1 to 1000 otherwise", "adversarial training %v with %d steps", a.Defence, a.Steps)
	case !(a.StepSize > 0 && a.StepSize <= 2):
		return bad("want a size above 0 in pixel units of [0,1]", "the step of adversarial training is %g", a.StepSize)
	case a.Defence == FGSM && !(a.Alpha > 0 && a.Alpha < 1), a.Defence != FGSM && a.Alpha != 0:
		return bad("it is the share of the clean pictures in fgsm, in (0,1)", "alpha is %g with adversarial training %v", a.Alpha, a.Defence)
	case a.Defence == TRADES && !(a.Beta > 0 && a.Beta < 1e6), a.Defence != TRADES && a.Beta != 0:
		return bad("it is the weight of the divergence in trades, above 0", "beta is %g with adversarial training %v", a.Beta, a.Defence)
	}
	return nil
}
