package attack

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Registry is a list of attacks with their default parameters. What people can ask for by name is
// taken from one: the command line, the API, the lab, the documents.
type Registry []Attack

// Names returns the names of the attacks.
func (r Registry) Names() []string {
	list := make([]string, len(r))
	for i, a := range r {
		list[i] = a.Info().Name
	}
	return list
}

// Find returns the attack of a name, in any case.
func (r Registry) Find(name string) (Attack, error) {
	for _, a := range r {
		if strings.EqualFold(a.Info().Name, name) {
			return a, nil
		}
	}
	return nil, fmt.Errorf("unknown attack %q: want one of %s", name, strings.Join(r.Names(), ", "))
}

// MarshalAttack writes an attack as JSON that [Registry.Read] reads back: its name, and the
// parameters that are not at their defaults.
func MarshalAttack(a Attack) json.RawMessage {
	out := fmt.Appendf(nil, `{"name":%q`, a.Info().Name)
	for _, s := range Settings(a) {
		out = fmt.Appendf(out, ",%q:%q", s.Name, s.Value)
	}
	return append(out, '}')
}

// Read reads an attack that MarshalAttack has written.
func (r Registry) Read(data []byte) (Attack, error) {
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("an attack: %w", err)
	}
	a, err := r.Find(texts["name"])
	if err != nil {
		return nil, err
	}
	delete(texts, "name")
	for _, p := range Parameters(a) {
		text, ok := texts[p.Name]
		if !ok {
			continue
		}
		if a, err = Set(a, p.Name, text); err != nil {
			return nil, err
		}
		delete(texts, p.Name)
	}
	for name := range texts {
		_, err := Set(a, name, "")
		return nil, err
	}
	return a, nil
}
