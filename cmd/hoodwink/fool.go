package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/report"
)

// foolFlags are the settings of an attack as the command line takes them.
type foolFlags struct {
	as       string
	not      []string
	attack   string
	norm     string
	eps      string
	step     string
	steps    int
	restarts int
	loss     string
	prob     float64
	seed     uint64
	at       string
	output   string
	html     string
	pictures string
}

func (a *app) foolCommand() *cobra.Command {
	var o foolFlags
	c := &cobra.Command{
		Use:   "fool PICTURE (--as CLASS | --not CLASS...)",
		Short: "write a picture that looks the same and fools the model",
		Long: `Change the pixels of a picture, by no more than --eps, until the model sees another
class; round them to 8 bits, write a PNG, read it back and classify it afresh. Only
that counts as success.

CLASS is an index, a synset id, or words of its name. --not leaves every class of
that name, or else every class with that word in its names; give it several times to
leave several.

Sizes (--eps, --step) are in pixel units of [0,1]; 8/255 may be written as such.`,
		Example: `  hoodwink fool panda.jpg --as vulture
  hoodwink fool panda.jpg --as vulture --eps 2/255 --steps 200 --html run.html
  hoodwink fool dog.jpg --not Pembroke --not Cardigan --norm l2 --eps 2
  hoodwink fool panda.jpg --not "giant panda" --attack fgsm --eps 1/255 --at model`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (o.as == "") == (len(o.not) == 0) {
				return usageError("hoodwink fool panda.jpg --as vulture", "say either --as CLASS or --not CLASS")
			}
			if err := unusedFlags(c, &o); err != nil {
				return err
			}
			return a.fool(c.Context(), args[0], &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.as, "as", "", "class the picture is to become")
	f.StringArrayVar(&o.not, "not", nil, "class the picture must no longer be (repeatable)")
	f.StringVarP(&o.output, "output", "o", "", "PNG to write (default: the picture's name, what it became, .png)")
	a.attackFlags(c, &o)
	f.StringVar(&o.html, "html", "", "also write a page about this run")
	f.StringVar(&o.pictures, "pictures", "", "also write perturbation, gradient, montage and curves into this folder")
	return c
}

// attackFlags adds the flags that choose and tune an attack.
func (a *app) attackFlags(c *cobra.Command, o *foolFlags) {
	f := c.Flags()
	f.StringVar(&o.attack, "attack", "bim", "fgsm (one step), bim (many small steps), pgd (bim from a random start)")
	f.StringVar(&o.norm, "norm", "linf", "how a change is measured: linf or l2")
	f.StringVar(&o.eps, "eps", "", "largest change, e.g. 2/255 (default 8/255 for linf, 2 for l2)")
	f.StringVar(&o.step, "step", "", "size of a step (default: from eps)")
	f.IntVar(&o.steps, "steps", 100, "largest number of steps (fgsm takes one)")
	f.IntVar(&o.restarts, "restarts", 1, "starting points that pgd may try")
	f.StringVar(&o.loss, "loss", "logprob", "what the gradient is of: logprob, prob (the article's), logit, margin")
	f.Float64Var(&o.prob, "prob", 0, "with --as: demand this probability (the attack goes on to 0.95 anyway while steps last)")
	f.Uint64Var(&o.seed, "seed", 0, "seed of all random numbers")
	f.StringVar(&o.at, "at", "picture", "attack the file's own pixels (picture) or the picture at the network's size (model)")
}

// wantedProb is how sure of its target a picture should be before the attack stops.
const wantedProb = 0.95

// fool runs one attack and reports it.
func (a *app) fool(ctx context.Context, input string, o *foolFlags) error {
	m, err := a.openModel()
	if err != nil {
		return err
	}
	r, err := a.foolRequest(m, input, o)
	if err != nil {
		return err
	}
	outputs := []string{r.Output, o.html}
	if o.pictures != "" {
		if err := os.MkdirAll(o.pictures, 0o755); err != nil {
			return err
		}
		outputs = append(outputs, hoodwink.PictureFiles(o.pictures)...)
	}
	if err := hoodwink.CheckOutputs([]string{input}, outputs...); err != nil {
		return err
	}
	if r.Norm == attack.Linf && r.Eps > 0 && r.Eps < 1./255 {
		a.note("a file of 8 bits cannot change by less than 1/255, which --eps %s does not allow", o.eps)
	}
	bar := a.progress("attacking", o.steps)
	r.Observe = func(s attack.Step) { bar.set(int64(s.Step)) }
	res, err := hoodwink.Fool(ctx, r)
	bar.stop()
	if err != nil {
		return err
	}
	return a.finish(res, o.html, o.pictures)
}

// finish reports a run, writes what goes with it, and ends with the exit code of its outcome.
func (a *app) finish(res *hoodwink.FoolResult, page, pictures string) error {
	if err := a.printFool(res); err != nil {
		return err
	}
	if page != "" {
		if err := res.WritePage(page, commandLine(os.Args)); err != nil {
			return err
		}
	}
	if pictures != "" {
		if err := res.WritePictures(pictures); err != nil {
			return err
		}
	}
	switch {
	case res.Interrupted:
		a.note("interrupted after %d steps; the best picture so far is in %s", res.Steps, res.Output)
		return errQuiet(exitInterrupted)
	case !res.SuccessFile:
		return errQuiet(exitNotFooled)
	case res.Steps == 0:
		a.note("there was nothing to do: the picture is that already, and was copied as it is")
	}
	return nil
}

// unusedFlags refuses settings that the chosen attack would silently ignore.
func unusedFlags(c *cobra.Command, o *foolFlags) error {
	ignored := map[string]bool{
		"prob":     o.as == "",
		"restarts": o.attack != "pgd",
		"steps":    o.attack == "fgsm",
		"step":     o.attack == "fgsm",
	}
	for _, name := range []string{"prob", "restarts", "steps", "step"} {
		if ignored[name] && c.Flags().Changed(name) {
			return usageError("see 'hoodwink fool --help'", "--%s has no effect here: it goes with %s", name,
				map[string]string{"prob": "--as", "restarts": "--attack pgd", "steps": "--attack bim or pgd", "step": "--attack bim or pgd"}[name])
		}
	}
	return nil
}

// foolRequest turns the flags into what the library takes.
func (a *app) foolRequest(m *model.Model, input string, o *foolFlags) (hoodwink.FoolRequest, error) {
	r := hoodwink.FoolRequest{Model: m, Input: input, Output: o.output, Seed: o.seed, Threads: a.threads, Limits: a.limits(), Version: version}
	var became string
	if o.as != "" {
		class, err := m.Labels.Resolve(o.as)
		if err != nil {
			return r, usageError("", "--as: %w", err)
		}
		if !(o.prob >= 0 && o.prob <= 1) {
			return r, usageError("", "--prob %g: want a probability in [0,1]", o.prob)
		}
		r.Criterion = attack.Targeted{Class: class.Index, Prob: o.prob}
		r.Until = attack.Targeted{Class: class.Index, Prob: max(o.prob, wantedProb)}
		became = "as-" + class.Label
	} else {
		var leave attack.Misclassification
		for _, word := range o.not {
			classes, err := m.Labels.ResolveAll(word)
			if err != nil { // no class of that very name: every class with the word in its names
				classes, err = m.Labels.ResolveEvery(word)
			}
			if err != nil {
				return r, usageError("", "--not: %w", err)
			}
			for _, k := range classes {
				if !slices.Contains(leave.Classes, k.Index) {
					leave.Classes = append(leave.Classes, k.Index)
				}
			}
		}
		r.Criterion = leave
		became = "not-" + m.Labels.Class(leave.Classes[0]).Label
	}
	if r.Output == "" {
		r.Output = stem(input) + "-" + dashed(became) + ".png"
	}
	if !strings.EqualFold(filepath.Ext(r.Output), ".png") {
		return r, usageError("", "--output %s: pictures are written as PNG, so that not a bit is lost; want a name that ends in .png", r.Output)
	}
	var err error
	if r.Norm, err = attack.ParseNorm(o.norm); err != nil {
		return r, usageError("", "--norm: %w", err)
	}
	if r.Eps, err = parseSize(o.eps, map[attack.Norm]float64{attack.Linf: 8. / 255, attack.L2: 2}[r.Norm]); err != nil {
		return r, usageError("--eps 2/255", "--eps %w", err)
	}
	switch o.at {
	case "picture":
	case "model":
		r.AtModel = true
	default:
		return r, usageError("", "--at %s: want picture or model", o.at)
	}
	r.Attack, err = parseAttack(o)
	return r, err
}

// parseAttack returns the attack that the flags describe.
func parseAttack(o *foolFlags) (attack.Attack, error) {
	loss, err := attack.ParseLoss(o.loss)
	if err != nil {
		return nil, usageError("", "--loss: %w", err)
	}
	step, err := parseSize(o.step, 0)
	if err != nil {
		return nil, usageError("--step 0.5/255", "--step %w", err)
	}
	if o.steps < 1 || o.restarts < 1 {
		return nil, usageError("", "--steps and --restarts want at least 1")
	}
	switch strings.ToLower(o.attack) {
	case "fgsm":
		return attack.FGSM{Loss: loss}, nil
	case "bim":
		return attack.BIM{Loss: loss, Steps: o.steps, StepSize: step}, nil
	case "pgd":
		return attack.PGD{Loss: loss, Steps: o.steps, StepSize: step, Restarts: o.restarts}, nil
	}
	return nil, usageError("", "--attack %s: want fgsm, bim or pgd", o.attack)
}

// parseSize reads a size in pixel units: 0.03, 8/255.
func parseSize(s string, absent float64) (float64, error) {
	if s == "" {
		return absent, nil
	}
	num, den, fraction := strings.Cut(s, "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	d := 1.
	if err == nil && fraction {
		d, err = strconv.ParseFloat(strings.TrimSpace(den), 64)
	}
	if err != nil || !(v >= 0) || !(d > 0) || math.IsInf(v/d, 0) {
		return 0, fmt.Errorf("%s: want a size of at least 0, such as 0.03 or 8/255", s)
	}
	return v / d, nil
}

// printFool reports a run.
func (a *app) printFool(res *hoodwink.FoolResult) error {
	if a.json {
		return a.printJSON(res.Fool)
	}
	verdict := "not fooled"
	if res.SuccessFile && res.Steps == 0 {
		verdict = "nothing to do"
	} else if res.SuccessFile {
		verdict = "fooled"
	}
	w := a.stdout
	fmt.Fprintf(w, "%s: %s → %s\n", verdict, res.Before[0].Label, res.Top[0].Label)
	fmt.Fprintf(w, "  before   %s\n  after    %s\n", oneLine(res.Before), oneLine(res.Top))
	if len(res.Path) > 1 {
		var names []string
		for _, p := range res.Path {
			names = append(names, p.Label)
		}
		fmt.Fprintf(w, "  path     %s\n", strings.Join(names, " → "))
	}
	fmt.Fprintf(w, "  change   Linf %.3g/255, L2 %.4g, L0 %d of %d values\n", 255*res.Linf, res.L2, res.L0, len(res.Original.Data))
	fmt.Fprintf(w, "  work     %d steps, %d forwards, %d backwards, %.1f s; fooled as floats: %v\n", res.Steps, res.Forwards, res.Backwards, res.Seconds, res.SuccessFloat)
	fmt.Fprintf(w, "  written  %s (read back and classified afresh)\n", filepath.ToSlash(res.Output))
	return nil
}

// oneLine lists the three likeliest classes.
func oneLine(ps []report.Prediction) string {
	var out []string
	for _, p := range ps[:min(3, len(ps))] {
		out = append(out, fmt.Sprintf("%s %.2f %%", p.Label, 100*p.Prob))
	}
	return strings.Join(out, ", ")
}

// commandLine is the command that made this run, quoted for a shell.
func commandLine(args []string) string {
	out := []string{"hoodwink"}
	for _, a := range args[1:] {
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$&|;<>()*?[]#~`!{}") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}
