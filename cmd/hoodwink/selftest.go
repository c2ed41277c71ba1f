package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// A selftest is what selftest has found; its JSON is a contract.
type selftest struct {
	Passed  bool          `json:"passed"`
	Kernels []kernelCheck `json:"kernels"`
	Attacks []attackCheck `json:"attacks"`
	Seconds float64       `json:"seconds"`
}

// An attackCheck is what was found of an attack.
type attackCheck struct {
	Name       string          `json:"name"`
	Family     string          `json:"family"` // as in its description
	Access     string          `json:"access"`
	Norms      []string        `json:"norms"`
	Passed     int             `json:"passed"` // cases
	Failed     int             `json:"failed"`
	Seconds    float64         `json:"seconds"` // on one thread
	Properties []propertyCheck `json:"properties"`
}

// A propertyCheck is what was found of a property of an attack, in all norms, for floats and files.
type propertyCheck struct {
	Name     string        `json:"name"`
	Says     string        `json:"says"`
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"`
	Seconds  float64       `json:"seconds"`
	Failures []caseFailure `json:"failures,omitempty"`
}

// A caseFailure is a case in which a property does not hold.
type caseFailure struct {
	Norm   string `json:"norm"`
	Levels int    `json:"levels"` // 0 for floats
	Error  string `json:"error"`
}

// target says what the result was to be.
func (f caseFailure) target() string {
	if f.Levels == 0 {
		return "floats"
	}
	return fmt.Sprintf("%d levels", f.Levels)
}

func (a *app) selftestCommand(all attack.Registry) *cobra.Command {
	all = append(all[:len(all):len(all)], attacks.Smallest{Base: attacks.BIM{}}) // what fool --smallest runs
	return &cobra.Command{
		Use:   "selftest [ATTACK...]",
		Short: "check on this machine that attacks and kernels do what they promise",
		Long: `Check what every attack promises: that it stays within eps, bounds and mask, that the
same seed gives the same bits whatever else is under attack, that budgets hold, that
it finds exact answers where they are known, and more. docs/attacks.md lists all of it.
Attacks that look for the smallest change take 30 steps, so that it does not take long.
With names of attacks the table shows their properties one by one.

The kernels of this processor must give the same bits as plain Go. No model, picture
or network is needed. The exit code is 4 if a check fails.`,
		Example: `  hoodwink selftest
  hoodwink selftest pgd`,
		ValidArgsFunction: completeAttacks(all),
		RunE: func(c *cobra.Command, args []string) error {
			list := all
			if len(args) > 0 {
				list = nil
			}
			for _, name := range args {
				x, err := findAttack(all, name)
				if err != nil {
					return err
				}
				list = append(list, x)
			}
			return a.selftest(c.Context(), list, len(args) > 0)
		},
	}
}

func (a *app) selftest(ctx context.Context, list []attack.Attack, each bool) error {
	began := time.Now()
	kernels, err := checkKernels(ctx, a.embeddedResults)
	if err != nil {
		return err
	}
	s := selftest{Kernels: kernels}
	if s.Attacks, err = a.checkAttacks(ctx, list); err != nil {
		return err
	}
	s.Seconds = time.Since(began).Seconds()
	checks, failed := s.count()
	s.Passed = failed == 0
	if a.json {
		err = a.printJSON(s)
	} else {
		err = a.printSelftest(&s, each)
	}
	if err == nil && failed > 0 {
		err = &codedError{fmt.Errorf("%d of %d checks failed", failed, checks), exitMismatch,
			"results on this machine cannot be trusted: please report what 'hoodwink selftest --json' and 'hoodwink version' print"}
	}
	return err
}

// count returns the number of checks and of those that failed.
func (s *selftest) count() (checks, failed int) {
	checks = len(s.Kernels)
	for _, k := range s.Kernels {
		if !k.Passed {
			failed++
		}
	}
	for _, x := range s.Attacks {
		checks, failed = checks+x.Passed+x.Failed, failed+x.Failed
	}
	return checks, failed
}

// checkAttacks checks all cases of attacks, several at once.
func (a *app) checkAttacks(ctx context.Context, list []attack.Attack) ([]attackCheck, error) {
	var cases []conform.Case
	var of []int // the attack of a case
	for i, x := range list {
		for _, c := range conform.Cases(conform.Brief(x)) {
			cases, of = append(cases, c), append(of, i)
		}
	}
	type result struct {
		err  error
		took time.Duration
	}
	results, next := make([]result, len(cases)), make(chan int)
	bar := a.progress("checking", len(cases))
	defer bar.stop()
	var workers sync.WaitGroup
	threads := a.threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	for range threads {
		workers.Go(func() {
			for i := range next {
				began := time.Now()
				results[i].err = cases[i].Check(ctx)
				results[i].took = time.Since(began)
				bar.add(1)
			}
		})
	}
	for i := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	checks := make([]attackCheck, len(list))
	for i, x := range list {
		d := attack.Describe(x, false)
		checks[i] = attackCheck{Name: d.Name, Family: d.Family, Access: d.Access, Norms: d.Norms}
	}
	for i, c := range cases {
		checks[of[i]].add(c, results[i].err, results[i].took.Seconds())
	}
	return checks, nil
}

// add enters the result of a case. Those of a property come one after the other.
func (x *attackCheck) add(c conform.Case, err error, seconds float64) {
	if n := len(x.Properties); n == 0 || x.Properties[n-1].Name != c.Property.Name {
		x.Properties = append(x.Properties, propertyCheck{Name: c.Property.Name, Says: c.Property.Says})
	}
	p := &x.Properties[len(x.Properties)-1]
	x.Seconds, p.Seconds = x.Seconds+seconds, p.Seconds+seconds
	if err == nil {
		x.Passed, p.Passed = x.Passed+1, p.Passed+1
		return
	}
	x.Failed, p.Failed = x.Failed+1, p.Failed+1
	p.Failures = append(p.Failures, caseFailure{c.Threat.Norm.String(), c.Threat.Levels, err.Error()})
}

// printSelftest prints a table of attacks or, with each, of their properties, and what failed.
func (a *app) printSelftest(s *selftest, each bool) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	say(w, "kernels\tresults\ttime\t\n")
	for i, k := range s.Kernels {
		use := ""
		if k.Active {
			use = "in use"
		}
		say(w, "%s\t%s\t%.2f s\t%s\n", k.Name, sameness(i, k.Passed), k.Seconds, use)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if each {
		say(w, "\nattack\tproperty\tpassed\tfailed\ttime\twhat holds\n")
	} else {
		say(w, "\nattack\tfamily\tneeds\tnorms\tpassed\tfailed\ttime\n")
	}
	for _, x := range s.Attacks {
		if !each {
			say(w, "%s\t%s\t%s\t%s\t%d\t%d\t%.1f s\n", x.Name, x.Family, x.Access, strings.Join(x.Norms, " "), x.Passed, x.Failed, x.Seconds)
		}
		for _, p := range x.Properties {
			if each {
				say(w, "%s\t%s\t%d\t%d\t%.2f s\t%s\n", x.Name, p.Name, p.Passed, p.Failed, p.Seconds, p.Says)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, k := range s.Kernels {
		if !k.Passed {
			say(a.stdout, "\n%s kernels: %s\n", k.Name, k.Error)
		}
	}
	for _, x := range s.Attacks {
		for _, p := range x.Properties {
			for _, f := range p.Failures {
				say(a.stdout, "\n%s: %s in %s, %s: %s\n", x.Name, p.Name, f.Norm, f.target(), f.Error)
			}
		}
	}
	if checks, failed := s.count(); failed == 0 {
		say(a.stdout, "\nall %d checks passed in %.1f s\n", checks, s.Seconds)
	}
	return nil
}

// sameness says in words how kernel i of the list fared.
func sameness(i int, passed bool) string {
	switch {
	case !passed:
		return "other bits than plain Go"
	case i == 0:
		return "plain Go, the reference"
	}
	return "same bits as plain Go"
}
