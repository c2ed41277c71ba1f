package attack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A goalRecord is how a goal is written.
type goalRecord struct {
	Kind    string  `json:"kind"`
	Class   *int    `json:"class,omitempty"`
	Classes []int   `json:"classes,omitempty"`
	On      []int   `json:"on,omitempty"`
	Off     []int   `json:"off,omitempty"`
	Prob    float64 `json:"prob,omitempty"`
	Logs    bool    `json:"logs,omitempty"`
}

// MarshalGoal writes a goal of this package as JSON that ReadGoal reads back.
func MarshalGoal(g Goal) (json.RawMessage, error) {
	var r goalRecord
	switch g := g.(type) {
	case Misclassification:
		r = goalRecord{Kind: "misclassification", Classes: g.Classes}
	case Targeted:
		r = goalRecord{Kind: "targeted", Class: &g.Class, Prob: g.Prob, Logs: g.Logs}
	case Labels:
		r = goalRecord{Kind: "labels", On: g.On, Off: g.Off, Prob: g.Prob}
	default:
		return nil, fmt.Errorf("a goal of type %T cannot be written", g)
	}
	return json.Marshal(r)
}

// ReadGoal reads a goal that MarshalGoal has written. Whether its classes exist is the business of
// its Check.
func ReadGoal(data []byte) (Goal, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var r goalRecord
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("a goal: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("a goal: there is something after it")
	}
	given := goalRecord{Kind: r.Kind}
	var g Goal
	switch r.Kind {
	case "misclassification":
		given.Classes = r.Classes
		g = Misclassification{Classes: r.Classes}
	case "targeted":
		if r.Class == nil {
			return nil, errors.New("a goal of kind targeted names no class")
		}
		given.Class, given.Prob, given.Logs = r.Class, r.Prob, r.Logs
		g = Targeted{Class: *r.Class, Prob: r.Prob, Logs: r.Logs}
	case "labels":
		given.On, given.Off, given.Prob = r.On, r.Off, r.Prob
		g = Labels{On: r.On, Off: r.Off, Prob: r.Prob}
	default:
		return nil, fmt.Errorf("unknown kind of goal %q: want misclassification, targeted or labels", r.Kind)
	}
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(given)
	if !bytes.Equal(a, b) {
		return nil, fmt.Errorf("a goal of kind %s has fields of another kind: %s", r.Kind, a)
	}
	return g, nil
}
