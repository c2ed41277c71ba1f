package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// sideways is an attack of somebody else: a struct with tags and two methods.
type sideways struct {
	Turns int     `set:"turns" min:"1" max:"9" default:"3" doc:"how often it turns" zh:"转弯次数"`
	Width float64 `set:"width" unit:"size" default:"eps" doc:"how far it goes" zh:"走多远"`
}

func (sideways) Info() attack.Info {
	return attack.Info{
		Name: "sideways", Title: "a walk beside the gradient", Paper: "Nobody, A walk, arXiv:0000.00000", Norms: []attack.Norm{attack.L1},
		Access: attack.Scores, Minimal: true, Says: "It walks beside the gradient.", SaysZh: "它在梯度旁边走。",
	}
}

func (sideways) Attack(t *attack.Trial) { t.Score(t.X, nil) }

// TestNewAttackAppears: one row in a registry puts an attack into the list, its own page, JSON, and the completion
// of names and parameters.
func TestNewAttackAppears(t *testing.T) {
	known := append(attack.Registry{sideways{}}, attacks.All...)
	asked := func(json bool, args ...string) string {
		var out bytes.Buffer
		a := &app{stdout: &out, json: json}
		c := a.attacksCommand(known)
		c.SetArgs(args)
		if err := c.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, c := range []struct{ said, want string }{
		{asked(false, "list"), "sideways"}, {asked(false, "list"), "the smallest change"}, {asked(false, "list"), "l1"},
		{asked(false, "show", "Sideways"), "how often it turns"}, {asked(false, "show", "sideways"), "1 to 9"},
		{asked(false, "show", "sideways"), "scores of the model"}, {asked(true, "show", "sideways"), `"turns"`},
	} {
		if !strings.Contains(c.said, c.want) {
			t.Errorf("%q is not in\n%s", c.want, c.said)
		}
	}
	var all []attackDetails
	if err := json.Unmarshal([]byte(asked(true, "list")), &all); err != nil || len(all) != len(known) || all[0].Parameters[1].Kind != "size" {
		t.Errorf("%v, %+v", err, all)
	}
	c := &cobra.Command{Use: "fool"}
	var name string
	var set []string
	chooseAttack(c, known, &name, &set)
	if usage := c.Flags().FlagUsages(); !strings.Contains(usage, "sideways") {
		t.Error(usage)
	}
	name = "sideways"
	if list, _ := completeSet(known, &name)(c, nil, ""); len(list) != 2 || !strings.HasPrefix(list[0], "turns=") {
		t.Errorf("completion of --set: %q", list)
	}
	if list, _ := complete(known.Names)(c, nil, ""); list[0] != "sideways" {
		t.Errorf("completion of --attack: %q", list)
	}
}
