package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
)

// foolFlags are the settings of an attack, and the files to write.
type foolFlags struct {
	hoodwink.Settings
	mask     string
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
leave several. Where each label is on or off by itself (a sigmoid each), --as switches
one on and --not switches labels off, whatever the others are.

The picture may be - for standard input. Sizes (--eps, --step) are in pixel units of [0,1]; 8/255 may be written as such.`,
		Example: `  hoodwink fool panda.jpg --as vulture
  hoodwink fool panda.jpg --as vulture --eps 2/255 --steps 200 --html run.html
  hoodwink fool dog.jpg --not Pembroke --not Cardigan --norm l2 --eps 2
  hoodwink fool panda.jpg --as vulture --mask half.png
  hoodwink fool panda.jpg --not "giant panda" --attack fgsm --eps 1/255 --at model`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.fool(c.Context(), args[0], &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.As, "as", "", "class the picture is to become")
	f.StringArrayVar(&o.Not, "not", nil, "class the picture must no longer be (repeatable)")
	f.StringVarP(&o.output, "output", "o", "", "PNG to write (default: the picture's name, what it became, .png)")
	a.attackFlags(c, &o)
	f.StringVar(&o.mask, "mask", "", "picture of the same size: white where pixels may change, black where they stay")
	f.StringVar(&o.html, "html", "", "also write a page about this run")
	f.StringVar(&o.pictures, "pictures", "", "also write perturbation, gradient, montage and curves into this folder")
	return c
}

// attackFlags adds the flags that choose and tune an attack.
func (a *app) attackFlags(c *cobra.Command, o *foolFlags) {
	f := c.Flags()
	f.StringVar(&o.Attack, "attack", "bim", strings.Join(attacks.All.Names(), ", ")+": 'hoodwink attacks list' says what each does")
	f.StringArrayVar(&o.Set, "set", nil, "a parameter of the attack, as name=value; 'hoodwink attacks show NAME' lists them (may be repeated)")
	f.StringVar(&o.Norm, "norm", "linf", "how a change is measured: "+strings.Join(attack.Norms(), ", "))
	f.Var((*sizeFlag)(&o.Eps), "eps", "largest change, e.g. 2/255, or 10 pixels for l0 (default 8/255 for linf, 2 for l2, 12 for l1, 10 for l0)")
	f.Var((*sizeFlag)(&o.Step), "step", "size of a step (default: from eps)")
	f.IntVar(&o.Steps, "steps", 0, "largest number of steps; fgsm takes one (default 100)")
	f.IntVar(&o.Restarts, "restarts", 0, "starting points that pgd may try (default 1)")
	f.StringVar(&o.Loss, "loss", "auto", "what the gradient is of: logprob, prob (the article's), logit, margin, cw:KAPPA, dlr, kl; auto is logprob, and margin where that has no gradient")
	f.Float64Var(&o.Prob, "prob", 0, "with --as: demand this probability (the attack goes on to 0.95 anyway while steps last)")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of all random numbers")
	f.StringVar(&o.At, "at", "picture", "attack the file's own pixels (picture) or the picture at the network's size (model)")
	for flag, f := range map[string]cobra.CompletionFunc{
		"attack": completeAttacks(attacks.All),
		"set":    completeSet(attacks.All, &o.Attack),
		"norm":   cobra.FixedCompletions(attack.Norms(), cobra.ShellCompDirectiveNoFileComp),
		"loss":   cobra.FixedCompletions(attack.LossNames(), cobra.ShellCompDirectiveNoFileComp),
		"at":     cobra.FixedCompletions([]string{"picture", "model"}, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// fool runs one attack and reports it.
func (a *app) fool(ctx context.Context, input string, o *foolFlags) error {
	if err := wantPage("html", o.html); err != nil {
		return err
	}
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
	if err := hoodwink.CheckOutputs(append(m.Files(), input, o.mask), outputs...); err != nil {
		return err
	}
	if r.Norm == attack.Linf && r.Eps > 0 && r.Eps < 1./255 {
		a.note("a file of 8 bits cannot change by less than 1/255, which --eps %s does not allow", o.Eps)
	}
	steps, _ := attack.Value(r.Attack, "steps")
	restarts, _ := attack.Value(r.Attack, "restarts")
	bar := a.progress("attacking", int(max(1, steps)*max(1, restarts)))
	r.Observe = func(s attack.Step) { bar.set(int64(s.Step)) }
	res, err := hoodwink.Fool(ctx, r)
	bar.stop()
	if err != nil {
		return settingUsage(err)
	}
	return a.finish(res, o.html, o.pictures)
}

// settingUsage turns an error about a setting into a usage error.
func settingUsage(err error) error {
	if wrong := (*hoodwink.SettingError)(nil); errors.As(err, &wrong) {
		return usageError("", "--%w", wrong)
	}
	return err
}

// finish reports a run, writes its other files, and ends with the exit code of its outcome.
func (a *app) finish(res *hoodwink.FoolResult, page, pictures string) error {
	if err := a.printFool(res); err != nil {
		return err
	}
	if page != "" {
		if err := res.WritePage(page, hoodwink.CommandLine(os.Args[1:]...)); err != nil {
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
		return quietError(exitInterrupted)
	case !res.SuccessFile:
		return quietError(exitNotFooled)
	case res.Verdict == report.NothingToDo && res.Gray:
		a.note("there was nothing to do: made gray, as the model sees it, the picture is that already")
	case res.Verdict == report.NothingToDo && res.L0 > 0:
		a.note("there was nothing to do: the picture is that already, and was only rounded to 8 bits")
	case res.Verdict == report.NothingToDo:
		a.note("there was nothing to do: the picture is that already, and was copied as it is")
	}
	return nil
}

// foolRequest converts the flags to a request of the library.
func (a *app) foolRequest(m *model.Model, input string, o *foolFlags) (hoodwink.FoolRequest, error) {
	r, err := o.Request(m)
	if err != nil {
		return r, settingUsage(err)
	}
	r.Input, r.Output, r.Threads, r.Limits, r.Version = input, o.output, a.threads, a.limits(), version
	if input == "-" {
		if r.Picture, err = a.readPicture(input); err != nil {
			return r, err
		}
	}
	if o.mask != "" {
		if r.Mask, err = preprocess.ReadFile(o.mask, r.Limits); err != nil {
			return r, err
		}
	}
	if r.Output == "" {
		r.Output = o.Output(stem(input), &r)
	}
	return r, wantPNG("output", r.Output)
}

// printFool reports a run.
func (a *app) printFool(res *hoodwink.FoolResult) error {
	if a.json {
		return a.printJSON(res.Fool)
	}
	w := a.stdout
	became := res.Before[0].Label + " → " + res.Top[0].Label
	if res.MultiLabel {
		became = fmt.Sprintf("%s (%.2f %% → %.2f %%)", res.Switched(), 100*res.ProbBefore, 100*res.ProbFile)
	}
	say(w, "%s: %s\n", res.Verdict, became)
	say(w, "  before   %s\n  after    %s\n", oneLine(res.Before), oneLine(res.Top))
	if len(res.Path) > 1 {
		var names []string
		for _, p := range res.Path {
			names = append(names, p.Label)
		}
		say(w, "  path     %s\n", strings.Join(names, " → "))
	}
	say(w, "  change   Linf %.3g/255, L2 %.4g, L0 %d of %d values\n", 255*res.Linf, res.L2, res.L0, len(res.Original.Data))
	say(w, "  work     %d steps, %d forwards, %d backwards, %.1f s; fooled as floats: %v\n", res.Steps, res.Forwards, res.Backwards, res.Seconds, res.SuccessFloat)
	if note := res.GradientNote(); note != "" {
		say(w, "  gradient %s\n", note)
	}
	if note := res.GrayNote(); note != "" {
		say(w, "  gray     %s\n", note)
	}
	say(w, "  written  %s (read back and classified afresh)\n", filepath.ToSlash(res.Output))
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
