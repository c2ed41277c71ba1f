package main

import (
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/internal/names"
)

// attacksCommand shows what a registry says of its attacks.
func (a *app) attacksCommand(all attack.Registry) *cobra.Command {
	c := &cobra.Command{
		Use:   "attacks",
		Short: "list attacks, and show what each does and takes",
		Example: `  hoodwink attacks list
  hoodwink attacks show pgd
  hoodwink attacks bench mnist -m mnist_fgsm --out bench`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("there are list, show and bench", "attacks has no command %q", args[0])
			}
			return c.Help()
		},
	}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "list the attacks, a line each", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.attacksList(all) }},
		&cobra.Command{Use: "show NAME", Short: "show an attack and its parameters", Args: cobra.ExactArgs(1),
			Example:           "  hoodwink attacks show pgd",
			ValidArgsFunction: completeAttacks(all),
			RunE: func(_ *cobra.Command, args []string) error {
				x, err := findAttack(all, args[0])
				if err != nil {
					return err
				}
				return a.attacksShow(x)
			}},
		a.attacksBenchCommand(all),
	)
	return c
}

// findAttack returns the attack of a name, or a usage error with the nearest name.
func findAttack(all attack.Registry, name string) (attack.Attack, error) {
	x, err := all.Find(name)
	if err != nil {
		hint := "see 'hoodwink attacks list'"
		if near := names.Nearest(name, all.Names()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return nil, usageError(hint, "%w", err)
	}
	return x, nil
}

// completeAttacks completes the name of an attack, with its sentence beside it.
func completeAttacks(all attack.Registry) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var list []string
		for _, d := range all.Describe(false) {
			list = append(list, cobra.CompletionWithDesc(d.Name, d.Says))
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSet completes the parameters of the attack that is chosen, and behind the = of one its
// values, if they can be listed.
func completeSet(all attack.Registry, chosen *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		x, err := all.Find(*chosen)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		name, _, valued := strings.Cut(word, "=")
		var list []string
		for _, p := range attack.Describe(x, false).Parameters {
			switch {
			case !valued:
				list = append(list, cobra.CompletionWithDesc(p.Name+"=", p.Doc))
			case p.Name == name:
				for _, c := range p.Choices {
					list = append(list, p.Name+"="+c)
				}
			}
		}
		if valued {
			return list, cobra.ShellCompDirectiveNoFileComp
		}
		return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func (a *app) attacksList(all attack.Registry) error {
	list := all.Describe(false)
	if a.json {
		return a.printJSON(list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	say(w, "name\tfamily\tneeds\tnorms\twhat it does\n")
	for _, d := range list {
		say(w, "%s\t%s\t%s\t%s\t%s\n", d.Name, d.Family, d.Access, strings.Join(d.Norms, " "), d.Says)
	}
	return w.Flush()
}

func (a *app) attacksShow(x attack.Attack) error {
	d := attack.Describe(x, false)
	if a.json {
		return a.printJSON(d)
	}
	w := a.stdout
	say(w, "%s: %s\n%s\n\n", d.Name, d.Title, d.Says)
	say(w, "  paper      %s\n", d.Paper)
	say(w, "  norms      %s\n", strings.Join(d.Norms, ", "))
	say(w, "  needs      %s of the model, which has at least %d classes\n", d.Access, d.Classes)
	say(w, "  looks for  %s (family %s)\n", d.Seeks(), d.Family)
	if len(d.Parameters) > 0 {
		say(w, "\nparameters:\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range d.Parameters {
			say(t, "  %s\t%s\t(default %s; %s)\n", p.Name, p.Doc, p.Default, p.Range())
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	example := []string{"fool", "panda.jpg", "--not", "panda", "--attack", d.Name}
	if !slices.Contains(d.Norms, attack.Linf.String()) { // the default
		example = append(example, "--norm", d.Norms[0])
	}
	if pair := exampleSet(x, d.Parameters); pair != "" {
		example = append(example, "--set", pair)
	}
	say(w, "\nexample:\n  %s\n", hoodwink.CommandLine(example...))
	return nil
}

// exampleSet returns what may follow --set: the first parameter without a flag of its own, with a
// value that it takes. It returns "" if there is no such parameter.
func exampleSet(x attack.Attack, parameters []attack.ParameterSheet) string {
	for _, p := range parameters {
		if slices.Contains(hoodwink.OwnSettings, p.Name) {
			continue
		}
		values := append(slices.Clone(p.Choices), "2", "0.5", "2/255")
		for _, bound := range []*float64{p.Min, p.Max} {
			if bound != nil {
				values = append(values, strconv.FormatFloat(*bound, 'g', -1, 64))
			}
		}
		for _, v := range values {
			if _, err := attack.Set(x, p.Name, v); err == nil && v != p.Default {
				return p.Name + "=" + v
			}
		}
	}
	return ""
}
