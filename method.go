package hoodwink

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// OwnSettings lists the parameters of attacks that are set by the setting of their name. Set is for
// the others.
var OwnSettings = []string{"steps", "step", "restarts", "loss"}

// method returns an attack with its parameters. Steps, Step, Restarts and Loss set those of these names, and Set any.
func (s *Settings) method(a attack.Attack, n attack.Norm) (attack.Attack, error) {
	if _, err := attack.ParseLoss(or(s.Loss, "auto")); err != nil {
		return nil, &SettingError{"loss", err, ""}
	}
	size, err := ParseSize(n, s.Step, 0)
	if err == nil {
		err = n.CheckSize(size, nil, 0)
	}
	if err != nil {
		return nil, &SettingError{"step", err, ""}
	}
	steps, restarts := orNumber(s.Steps, DefaultSteps), orNumber(s.Restarts, 1)
	if steps < 1 {
		return nil, wrong("steps", "", "%d: want at least 1", steps)
	}
	if restarts < 1 {
		return nil, wrong("restarts", "", "%d: want at least 1", restarts)
	}
	given := map[string]string{"loss": s.Loss, "steps": strconv.Itoa(steps), "step": s.Step, "restarts": strconv.Itoa(restarts)}
	for _, p := range attack.Parameters(a) {
		if text := given[p.Name]; text != "" && text != attack.Auto.String() {
			if a, err = set(a, p.Name, p.Name, text); err != nil {
				return nil, err
			}
		}
	}
	for _, pair := range s.Set {
		name, text, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, wrong("set", "for example --set steps=50", "%s: want a parameter and its value", pair)
		}
		if a, err = set(a, "set", name, text); err != nil {
			return nil, err
		}
	}
	if bim, ok := a.(attacks.BIM); ok { // which begins at the picture: it cannot get farther than all its steps
		if err := n.CheckSize(min(1, bim.StepSize*float64(bim.Steps)), nil, fileLevels); err != nil {
			return nil, &SettingError{"step", fmt.Errorf("all %d steps together: %w", bim.Steps, err), "take larger steps, or more"}
		}
	}
	return a, nil
}

// set sets a parameter of an attack, for a setting that an error is to name.
func set(a attack.Attack, setting, name, text string) (attack.Attack, error) {
	next, err := attack.Set(a, name, text)
	var p *attack.ParameterError
	switch {
	case err == nil:
		return next, nil
	case setting == name && errors.As(err, &p):
		return nil, &SettingError{setting, p.Err, p.Advice}
	}
	return nil, &SettingError{setting, err, ""}
}

// unused refuses settings that the chosen attack would ignore silently.
func (s *Settings) unused(known attack.Registry, a attack.Attack) error {
	if s.Prob != 0 && s.As == "" {
		return wrong("prob", "", "has no effect here: it goes with as")
	}
	given := map[string]bool{"restarts": s.Restarts != 0, "steps": s.Steps != 0, "step": s.Step != "", "loss": or(s.Loss, "auto") != "auto"}
	for _, name := range OwnSettings {
		if given[name] && !declares(a, name) {
			return wrong(name, "", "has no effect here: it goes with %s", withParameter(known, name))
		}
	}
	return nil
}

// declares reports whether an attack has a parameter.
func declares(a attack.Attack, name string) bool {
	return slices.ContainsFunc(attack.Parameters(a), func(p attack.Parameter) bool { return p.Name == name })
}

// withParameter names the attacks that have a parameter: "the attacks bim and pgd".
func withParameter(known attack.Registry, name string) string {
	var list []string
	for _, a := range known {
		if declares(a, name) {
			list = append(list, a.Info().Name)
		}
	}
	switch len(list) {
	case 0:
		return "no attack"
	case 1:
		return "the attack " + list[0]
	default:
		return "the attacks " + listed(list)
	}
}

// listed puts words into a sentence: "linf, l2 and l1".
func listed[T any](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = fmt.Sprint(w)
	}
	if n := len(words); n > 1 {
		words = append(words[:n-2], words[n-2]+" and "+words[n-1])
	}
	return strings.Join(words, ", ")
}
