package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// nudge is an attack of the test.
type nudge struct {
	Times  int         `set:"times" min:"1" max:"7" default:"3" doc:"nudges that are given" zh:"推的次数"`
	Gently bool        `set:"gently" default:"false" doc:"nudge it gently" zh:"轻轻地推"`
	Loss   attack.Loss `set:"loss" default:"auto" doc:"what it feels" zh:"它的感受"`
}

func (nudge) Info() attack.Info {
	return attack.Info{Name: "nudge", Title: "a nudge", TitleZh: "推", Paper: "The Book of Nudges", Norms: []attack.Norm{attack.L1},
		Access: attack.Scores, Minimal: true, Classes: 3, Says: "Nudges it.", SaysZh: "推它一下。"}
}

func (nudge) Attack(*attack.Trial) {}

// TestNewAttack: what a registry has appears in list, show, their JSON, completion and the documents' tables
// without another line of code.
func TestNewAttack(t *testing.T) {
	all := append(attacks.All[:len(attacks.All):len(attacks.All)], nudge{})
	run := func(args ...string) string {
		var out bytes.Buffer
		a := &app{stdout: &out, stderr: &out}
		root := &cobra.Command{Use: "hoodwink", SilenceErrors: true, SilenceUsage: true}
		root.PersistentFlags().BoolVar(&a.json, "json", false, "")
		root.AddCommand(a.attacksCommand(all))
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(args)
		if err := root.Execute(); err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		return out.String()
	}
	for _, c := range []struct{ command, want string }{
		{"attacks list", " nudge minimal scores l1 Nudges it."},
		{"attacks show nudge", "times   nudges that are given  (default 3; 1 to 7)"},
		{"attacks show Nudge", "--attack nudge --norm l1 --set times=2\n"},
		{"attacks show nudge", "scores of the model, which has at least 3 classes"},
		{"__complete attacks show n", "nudge\tNudges it."},
	} {
		got := run(strings.Fields(c.command)...)
		if c.command == "attacks list" { // whose columns are as wide as the attacks' names
			got = strings.Join(strings.Fields(got), " ")
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.command, c.want, got)
		}
	}
	chosen := "nudge"
	for word, want := range map[string][]string{
		"":        {"times=\tnudges that are given", "gently=\tnudge it gently", "loss=\twhat it feels"},
		"times=":  nil,
		"gently=": {"gently=false", "gently=true"},
		"loss=m":  {"loss=auto", "loss=logprob", "loss=prob", "loss=logit", "loss=margin", "loss=cw", "loss=dlr", "loss=kl"},
	} {
		got, directive := completeSet(all, &chosen)(nil, nil, word)
		if spaced := directive&cobra.ShellCompDirectiveNoSpace == 0; !slices.Equal(got, want) || spaced != (word != "") {
			t.Errorf("--set %s is completed to %q, followed by a space: %v", word, got, spaced)
		}
	}
	var list []attack.Description
	if err := json.Unmarshal([]byte(run("attacks", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.Name != "nudge" || last.Family != "minimal" || *last.Parameters[0].Max != 7 {
		t.Errorf("JSON has %+v", last)
	}
	if d := attack.Describe(nudge{}, true); d.Title != "推" || d.Says != "推它一下。" || d.Parameters[0].Doc != "推的次数" {
		t.Errorf("in Chinese: %+v", d)
	}
	if table := all.Markdown(); !strings.Contains(table, "| `nudge` | `times` | nudges that are given | 3 | 1 to 7 |") {
		t.Errorf("the tables lack it:\n%s", table)
	}
}
