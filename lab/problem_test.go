package lab

import (
	"strings"
	"testing"
)

// TestHints: what an error advises arrives, whoever in its chain says it.
func TestHints(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	for _, q := range []struct {
		path          string
		body          map[string]any
		setting, hint string
	}{
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vultur3"}, "as", "the nearest are vulture (1)"},
		{"/api/runs", map[string]any{"picture": p.ID, "not": []string{"vultur3"}}, "not", "the nearest are vulture (1)"},
		{"/api/gradient", map[string]any{"picture": p.ID, "class": "vultur3"}, "class", "the nearest are vulture (1)"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "much"}, "eps", "for example 2/255"},
		{"/api/runs", map[string]any{"picture": p.ID}, "as", "for example --as vulture"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "steps": 20000}, "steps", "ask for fewer steps"},
	} {
		var problem Problem
		if c.call("POST", q.path, q.body, 422, &problem); problem.Setting != q.setting || !strings.Contains(problem.Hint, q.hint) {
			t.Errorf("%v: setting %q, hint %q, want %q, %q", q.body, problem.Setting, problem.Hint, q.setting, q.hint)
		}
	}
}
