package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink/attack"
)

func (a *app) attacksCommand(known attack.Registry) *cobra.Command {
	c := &cobra.Command{
		Use:   "attacks",
		Short: "the attacks, and what can be set",
	}
	c.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "list the attacks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all := make([]attackDetails, len(known))
			for i, x := range known {
				all[i] = detailsOf(x)
			}
			if a.json {
				return a.printJSON(all)
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "attack\tneeds\tlooks for\tnorms\twhat it does")
			for _, d := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.Name, d.Access, d.Goal, strings.Join(d.Norms, " "), d.Says)
			}
			return w.Flush()
		},
	}, &cobra.Command{
		Use:               "show NAME",
		Short:             "say what an attack does and what can be set",
		Example:           "  hoodwink attacks show pgd\n  hoodwink fool panda.png --as vulture --attack pgd --set restarts=5",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: complete(known.Names),
		RunE: func(_ *cobra.Command, args []string) error {
			x, err := known.Find(args[0])
			if err != nil {
				return usageError("hoodwink attacks list", "%v", err)
			}
			d := detailsOf(x)
			if a.json {
				return a.printJSON(d)
			}
			fmt.Fprintf(a.stdout, "%s: %s\n\n%s\n\npaper   %s\nnorms   %s\nneeds   %s of the model\nfinds   %s\n",
				d.Name, d.Title, d.Says, d.Paper, strings.Join(d.Norms, ", "), d.Access, d.Goal)
			if len(d.Parameters) > 0 {
				fmt.Fprintln(a.stdout, "\nparameters, for --set name=value")
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, p := range d.Parameters {
				fmt.Fprintf(w, "  %s\t%s\tdefault %s\t%s\n", p.Name, rangeOf(p), p.Default, p.Doc)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "\n  hoodwink fool panda.png --as vulture --attack %s\n", d.Name)
			return err
		},
	})
	return c
}

// attackDetails is what people are told about an attack, all of it from its declaration.
type attackDetails struct {
	Name       string             `json:"name"`
	Title      string             `json:"title"`
	Says       string             `json:"says"`
	Paper      string             `json:"paper"`
	Norms      []string           `json:"norms"`
	Access     string             `json:"access"`
	Goal       string             `json:"looks_for"`
	Parameters []attackParameters `json:"parameters"`
}

// attackParameters is a parameter whose range JSON can hold.
type attackParameters struct {
	attack.Parameter
	Max *float64 `json:"max,omitempty"`
}

func detailsOf(x attack.Attack) attackDetails {
	i := x.Info()
	d := attackDetails{
		Name: i.Name, Title: i.Title, Says: i.Says, Paper: i.Paper, Access: i.Access.String(),
		Goal: "the highest loss within eps", Parameters: []attackParameters{},
	}
	if i.Minimal {
		d.Goal = "the smallest change"
	}
	for _, n := range i.Norms {
		d.Norms = append(d.Norms, n.String())
	}
	for _, p := range attack.Parameters(x) {
		q := attackParameters{Parameter: p}
		if !math.IsInf(p.Max, 1) {
			q.Max = &p.Max
		}
		d.Parameters = append(d.Parameters, q)
	}
	return d
}

// rangeOf says which values a parameter takes.
func rangeOf(p attackParameters) string {
	switch p.Kind {
	case "loss":
		return strings.Join(attack.LossNames(), "|")
	case "bool":
		return "true|false"
	case "size":
		return "such as 2/255"
	}
	if p.Max == nil || *p.Max >= 1e9 {
		return fmt.Sprintf("%g or more", p.Min)
	}
	return fmt.Sprintf("%g to %g", p.Min, *p.Max)
}

// A completion lists what may follow.
type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// complete completes an argument, or a flag, from a list.
func complete(list func() []string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return list(), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSet completes --set for the attack that is chosen.
func completeSet(known attack.Registry, chosen *string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		x, err := known.Find(*chosen)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var list []string
		for _, p := range attack.Parameters(x) {
			list = append(list, p.Name+"=\t"+p.Doc)
		}
		return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// chooseAttack adds the flags that choose an attack and set its parameters.
func chooseAttack(c *cobra.Command, known attack.Registry, name *string, set *[]string) {
	f := c.Flags()
	f.StringVar(name, "attack", "bim", "one of "+strings.Join(known.Names(), ", ")+`; "hoodwink attacks list" says what each does`)
	f.StringArrayVar(set, "set", nil, `a parameter of the attack, as name=value; "hoodwink attacks show NAME" lists them (may be repeated)`)
	for flag, with := range map[string]completion{"attack": complete(known.Names), "set": completeSet(known, name)} {
		if err := c.RegisterFlagCompletionFunc(flag, with); err != nil {
			panic(err) // a flag that is not there
		}
	}
}
