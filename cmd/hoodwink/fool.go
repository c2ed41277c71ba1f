package main

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	out      string
	csv      string
	again    string
}

func (a *app) foolCommand() *cobra.Command {
	var o foolFlags
	c := &cobra.Command{
		Use:   "fool PICTURE... (--as CLASS | --not CLASS... | --not-own) [--out FOLDER]",
		Short: "write a picture that looks the same and fools the model",
		Long: `Change the pixels of a picture, by no more than --eps, until the model sees another
class; round them to 8 bits, write a PNG, read it back and classify it afresh. Only
that counts as success.

CLASS is an index, a synset id, or words of its name. --not leaves every class of
that name, or else every class with that word in its names; give it several times to
leave several. Where each label is on or off by itself (a sigmoid each), --as switches
one on and --not switches labels off, whatever the others are. --not-own asks for
anything but what the model sees in the picture.

The picture may be - for standard input. Sizes (--eps, --step) are in pixel units of [0,1];
8/255 may be written as such. --smallest looks for the least --eps that fools.

With --out, pictures and folders of pictures are attacked one after another, and the
folder gets a PNG of each that fools, and a journal: the same command goes on where an
earlier one was ended. With --json a line is printed for each picture. The exit code is 3
if one resisted, and 1 if one could not be read.

--again makes a picture anew from the record in its file, and compares the bytes. Nothing
is overwritten; the exit code is 4 if they differ.`,
		Example: `  hoodwink fool panda.jpg --as vulture
  hoodwink fool panda.jpg --as vulture --eps 2/255 --steps 200 --html run.html
  hoodwink fool dog.jpg --not Pembroke --not Cardigan --norm l2 --eps 2
  hoodwink fool panda.jpg --as vulture --mask half.png
  hoodwink fool panda.jpg --not "giant panda" --attack fgsm --eps 1/255 --at model
  hoodwink fool photos/ --not-own --eps 2/255 --out fooled --html fooled.html
  hoodwink fool panda.jpg --not-own --smallest
  hoodwink fool --again panda-as-vulture.png`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && o.again == "" {
				return errors.New("want a picture, several, or a folder of pictures")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case o.again != "":
				if err := unusedWithAgain(c.Flags().Changed); err != nil {
					return err
				}
				return a.again(c.Context(), args, &o)
			case o.out != "":
				return a.foolMany(c.Context(), args, &o)
			case len(args) > 1 || isFolder(args[0]):
				return usageError("name a folder for the results: --out fooled", "several pictures, or a folder of them, need --out")
			case o.csv != "":
				return usageError("", "--csv goes with --out")
			}
			return a.fool(c.Context(), args[0], &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.As, "as", "", "class the picture is to become")
	f.StringArrayVar(&o.Not, "not", nil, "class the picture must no longer be (repeatable)")
	f.BoolVar(&o.NotOwn, "not-own", false, "the picture must be anything but what the model sees in it")
	f.BoolVar(&o.Smallest, "smallest", false, "look for the least eps with which the attack fools, up to --eps (default no limit)")
	f.StringVar(&o.out, "out", "", "folder for the results of many pictures")
	f.StringVar(&o.csv, "csv", "", "with --out: also write a table")
	f.StringVar(&o.again, "again", "", "make this PNG anew from its own record; the original is the argument, or lies beside it")
	f.StringVarP(&o.output, "output", "o", "", "PNG to write (default: the picture's name, what it became, .png)")
	a.attackFlags(c, &o)
	f.StringVar(&o.mask, "mask", "", "picture of the same size: white where pixels may change, black where they stay")
	f.StringVar(&o.html, "html", "", "also write a page about this run; with --out, a contact sheet")
	f.StringVar(&o.pictures, "pictures", "", "also write perturbation, gradient, montage and curves into this folder")
	return c
}

// attackFlags adds the flags that choose and tune an attack.
func (a *app) attackFlags(c *cobra.Command, o *foolFlags) {
	f := c.Flags()
	f.StringVar(&o.Attack, "attack", "bim", strings.Join(attacks.All.Names(), ", ")+": 'hoodwink attacks list' says what each does")
	f.StringArrayVar(&o.Set, "set", nil, "a parameter of the attack, as name=value; 'hoodwink attacks show NAME' lists them (may be repeated)")
	f.StringVar(&o.Norm, "norm", "linf", "how a change is measured: "+strings.Join(attack.Norms(), ", "))
	f.Var((*sizeFlag)(&o.Eps), "eps", "largest change, e.g. 2/255, or 10 pixels for l0 (default "+usualEps()+")")
	f.Var((*sizeFlag)(&o.Step), "step", "size of a step (default: from eps)")
	f.IntVar(&o.Steps, "steps", 0, "largest number of steps (default 100)")
	f.IntVar(&o.Restarts, "restarts", 0, "starting points that may be tried (default 1)")
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

// usualEps lists the default eps of every norm.
func usualEps() string {
	var list []string
	for i, name := range attack.Norms() {
		n := attack.Norm(i)
		list = append(list, n.FormatSize(n.DefaultEps())+" for "+name)
	}
	return strings.Join(list, ", ")
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
	bar := a.progress("attacking", attackSteps(r.Attack))
	r.Observe = func(s attack.Step) { bar.set(int64(s.Step)) }
	res, err := hoodwink.Fool(ctx, r)
	bar.stop()
	if err != nil {
		return settingUsage(err)
	}
	return a.finish(res, o.html, o.pictures)
}

// attackSteps returns the most steps that an attack may take, if it says so.
func attackSteps(a attack.Attack) int {
	steps, _ := attack.Value(a, "steps")
	restarts, _ := attack.Value(a, "restarts")
	return int(min(max(1, steps)*max(1, restarts), math.MaxInt32))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
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
		if res.Output != "" {
			a.note("interrupted after %d steps; the best picture so far is in %s", res.Steps, res.Output)
		}
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

// foolRequest converts the flags to a request of the library for one picture.
func (a *app) foolRequest(m *model.Model, input string, o *foolFlags) (hoodwink.FoolRequest, error) {
	r, err := a.attackRequest(m, o)
	if err != nil {
		return r, err
	}
	r.Input, r.Output = input, o.output
	if input == "-" {
		if r.Picture, err = a.readPicture(input); err != nil {
			return r, err
		}
	}
	if r.Output == "" {
		r.Output = o.Output(stem(input), &r)
	}
	return r, wantPNG("output", r.Output)
}

// attackRequest converts the flags to a request that lacks the picture.
func (a *app) attackRequest(m *model.Model, o *foolFlags) (hoodwink.FoolRequest, error) {
	r, err := o.Request(m)
	if err != nil {
		return r, settingUsage(err)
	}
	r.Threads, r.Limits, r.Version = a.threads, a.limits(), version
	if o.mask != "" {
		r.Mask, err = preprocess.ReadFile(o.mask, r.Limits)
	}
	return r, err
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
		words, more := report.PathWords(res.Path)
		var names []string
		for _, p := range words {
			names = append(names, p.Label)
		}
		way := strings.Join(names, " → ")
		if more > 0 {
			way += fmt.Sprintf(" and %d more", more)
		}
		say(w, "  path     %s\n", way)
	}
	say(w, "  change   Linf %.3g/255, L2 %.4g, L0 %d of %d values\n", 255*res.Linf, res.L2, res.L0, len(res.Original.Data))
	say(w, "  work     %d steps, %d forwards, %d backwards, %.1f s; fooled as floats: %v\n", res.Steps, res.Forwards, res.Backwards, res.Seconds, res.SuccessFloat)
	if note := res.StageNote(); note != "" {
		say(w, "  stages   %s\n", note)
	}
	for _, warning := range res.Warnings {
		say(w, "  warning  %s\n", warning)
	}
	if note := res.GradientNote(); note != "" {
		say(w, "  gradient %s\n", note)
	}
	if note := res.GrayNote(); note != "" {
		say(w, "  gray     %s\n", note)
	}
	if least := res.LeastEps; least != nil {
		say(w, "  smallest %s is the least eps with which %s fooled\n", sizeWords(res.Norm, *least), strings.TrimPrefix(res.Attack, "smallest-"))
	}
	if res.Kept != "" {
		say(w, "  kept     %s, which fools; this run's picture does not, and was not written\n", filepath.ToSlash(res.Kept))
		return nil
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
