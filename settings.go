package hoodwink

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
	"hoodwink/model"
)

// Settings are an attack in people's words: the flags of "hoodwink fool", and the JSON of the lab.
// The zero value of a field is its default. Sizes are in pixel units of [0,1] and may be written as
// fractions.
type Settings struct {
	As       string   `json:"as,omitempty" doc:"class the picture is to become, or label that is to be on: an index, a synset id or words of its name"`
	Not      []string `json:"not,omitempty" doc:"classes it must no longer be, or labels that are to be off; either these or as"`
	Attack   string   `json:"attack,omitempty" default:"bim" doc:"name of an attack; GET /api/attacks says what each does"`
	Norm     string   `json:"norm,omitempty" default:"linf" doc:"how a change is measured"`
	Eps      string   `json:"eps,omitempty" minLength:"1" maxLength:"40" doc:"largest change, e.g. 2/255, or 10 where the norm counts; default from the norm"`
	Step     string   `json:"step,omitempty" minLength:"1" maxLength:"40" doc:"size of a step; default from eps"`
	Steps    int      `json:"steps,omitempty" minimum:"0" maximum:"100000" doc:"largest number of steps; default 100"`
	Restarts int      `json:"restarts,omitempty" minimum:"0" maximum:"1000" doc:"starting points that may be tried; default 1"`
	Loss     string   `json:"loss,omitempty" default:"auto" doc:"what the gradient is of; auto is logprob, and margin where the gradient of that is zero"`
	Prob     float64  `json:"prob,omitempty" minimum:"0" maximum:"1" doc:"with as: demand this probability; the attack goes on to 0.95 anyway while steps last"`
	Set      []string `json:"set,omitempty" maxItems:"20" doc:"parameters of the attack by name, such as exact=true; GET /api/attacks lists them"`
	Seed     uint64   `json:"seed,omitempty" doc:"of all random numbers"`
	At       string   `json:"at,omitempty" enum:"picture,model" default:"picture" doc:"attack the file's own pixels, or the picture at the network's size"`

	// These two are for the command line alone, where one goal is for many pictures.
	NotOwn   bool `json:"-"` // the picture must be anything but what the model sees in it
	Smallest bool `json:"-"` // look for the least eps that fools; Eps is the largest to try, by default no limit
}

// The defaults of Settings.
const (
	DefaultSteps = 100
	WantedProb   = 0.95 // probability of the target at which an attack stops
)

// A SettingError says which of the Settings is wrong, and why.
type SettingError struct {
	Setting string // its JSON name, "eps"
	Err     error
	Advice  string
}

// Error implements error.
func (e *SettingError) Error() string { return e.Setting + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *SettingError) Unwrap() error { return e.Err }

// Hint says what to do, if that is known: its own advice, else that of its cause.
func (e *SettingError) Hint() string { return advice.Or(e.Advice, e.Err) }

func wrong(setting, advice, format string, args ...any) error {
	return &SettingError{setting, fmt.Errorf(format, args...), advice}
}

// Request returns the attack of this module that the settings describe, as RequestOf does.
func (s *Settings) Request(m *model.Model) (FoolRequest, error) { return s.RequestOf(attacks.All, m) }

// RequestOf returns the attack of a registry that the settings describe, on a model whose classes
// they name. The caller fills in Input, Output and everything else that is not a setting. Errors are
// of type *SettingError.
func (s *Settings) RequestOf(known attack.Registry, m *model.Model) (FoolRequest, error) {
	r := FoolRequest{Model: m, Seed: s.Seed, NotOwn: s.NotOwn}
	a, err := known.Find(or(s.Attack, "bim"))
	if err != nil {
		return r, &SettingError{"attack", err, ""}
	}
	if err := s.unused(known, a); err != nil {
		return r, err
	}
	if r.Criterion, r.Until, err = s.goal(m); err != nil {
		return r, err
	}
	if r.Norm, err = attack.ParseNorm(or(s.Norm, "linf")); err != nil {
		return r, &SettingError{"norm", err, ""}
	}
	if norms := a.Info().Norms; !slices.Contains(norms, r.Norm) {
		return r, wrong("norm", "", "%v: the attack %s knows %s", r.Norm, a.Info().Name, listed(norms))
	}
	smallest := s.Smallest || a.Info().Minimal
	usual := r.Norm.DefaultEps()
	if smallest {
		usual, r.Until = math.Inf(1), nil
	}
	if r.Eps, err = ParseSize(r.Norm, s.Eps, usual); err != nil {
		return r, &SettingError{"eps", err, ""}
	}
	if err := r.CheckEps(nil); err != nil {
		return r, err
	}
	switch s.At {
	case "", "picture":
	case "model":
		r.AtModel = true
	default:
		return r, wrong("at", "", "%s: want picture or model", s.At)
	}
	if r.Attack, err = s.method(a, r.Norm); err == nil && smallest && !a.Info().Minimal {
		r.Attack = attacks.Smallest{Base: r.Attack}
	}
	return r, err
}

// fileLevels is the number of levels of a value in the written files.
const fileLevels = 256

// CheckEps returns an error, a *SettingError, unless Eps is a size that makes sense for the file of
// a picture of a shape (...,C,H,W), as [attack.Norm.CheckSize] says. shape may be nil if the picture
// is not known yet.
func (r *FoolRequest) CheckEps(shape []int) error {
	if err := r.Norm.CheckSize(r.Eps, shape, fileLevels); err != nil {
		return &SettingError{"eps", err, ""}
	}
	return nil
}

// goal returns when the picture fools, and when the attack may stop.
func (s *Settings) goal(m *model.Model) (goal, until attack.Goal, err error) {
	goals := 0
	for _, given := range []bool{s.As != "", len(s.Not) > 0, s.NotOwn} {
		if given {
			goals++
		}
	}
	switch {
	case goals != 1:
		return nil, nil, wrong("as", "for example --as vulture", "say either what the picture is to become (as) or what it must no longer be (not)")
	case s.NotOwn:
		return nil, nil, nil
	}
	if s.As != "" {
		class, err := m.Labels.Resolve(s.As)
		if err != nil {
			return nil, nil, &SettingError{"as", err, ""}
		}
		if !(s.Prob >= 0 && s.Prob <= 1) {
			return nil, nil, wrong("prob", "", "%g: want a probability in [0,1]", s.Prob)
		}
		return Become(m, class.Index, s.Prob), Become(m, class.Index, max(s.Prob, WantedProb)), nil
	}
	var leave []int
	for _, word := range s.Not {
		classes, err := m.Labels.ResolveAll(word)
		if err != nil { // no class has that very name: take every class with the word in its names
			classes, err = m.Labels.ResolveEvery(word)
		}
		if err != nil {
			return nil, nil, &SettingError{"not", err, ""}
		}
		for _, k := range classes {
			if !slices.Contains(leave, k.Index) {
				leave = append(leave, k.Index)
			}
		}
	}
	return Leave(m, leave...), nil, nil
}

// Args returns the settings as flags of "hoodwink fool", except defaults.
func (s *Settings) Args() []string {
	var args []string
	add := func(flag, v, def string) {
		if v != "" && v != def {
			args = append(args, "--"+flag, v)
		}
	}
	add("as", s.As, "")
	for _, w := range s.Not {
		add("not", w, "")
	}
	on := func(flag string, given bool) {
		if given {
			args = append(args, "--"+flag)
		}
	}
	on("not-own", s.NotOwn)
	on("smallest", s.Smallest)
	add("attack", s.Attack, "bim")
	add("norm", s.Norm, "linf")
	add("eps", s.Eps, "")
	add("step", s.Step, "")
	add("steps", strconv.Itoa(orNumber(s.Steps, DefaultSteps)), strconv.Itoa(DefaultSteps))
	add("restarts", strconv.Itoa(orNumber(s.Restarts, 1)), "1")
	add("loss", s.Loss, "auto")
	add("prob", strconv.FormatFloat(s.Prob, 'g', -1, 64), "0")
	for _, pair := range s.Set {
		add("set", pair, "")
	}
	add("seed", strconv.FormatUint(s.Seed, 10), "0")
	add("at", s.At, "picture")
	return args
}

// Output returns the default name of the PNG that a run on a picture writes: stem, followed by what
// the picture became or left.
func (s *Settings) Output(stem string, r *FoolRequest) string {
	if r.NotOwn {
		return stem + "-not-own.png"
	}
	classes, toward := attack.Classes(r.Criterion)
	verb := "-as-"
	if !toward {
		verb = "-not-"
	}
	return stem + verb + Dashed(r.Model.Labels.Class(classes[0]).Label) + ".png"
}

// Dashed turns words into a part of a file name.
func Dashed(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '/' || r == '\\':
			return '-'
		case strings.ContainsRune(`'":*?<>|`, r): // which some systems forbid
			return -1
		}
		return r
	}, s)
}

// ParseSize reads a size, as [attack.Norm.ParseSize] does; "" means absent.
func ParseSize(n attack.Norm, s string, absent float64) (float64, error) {
	if s == "" {
		return absent, nil
	}
	return n.ParseSize(s)
}

// CommandLine writes a command of this program for a shell, from which it can be copied.
func CommandLine(args ...string) string {
	return wording.Command(append([]string{"hoodwink"}, args...)...)
}

func or(s, absent string) string {
	if s == "" {
		return absent
	}
	return s
}

func orNumber(v, absent int) int {
	if v == 0 {
		return absent
	}
	return v
}
