package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/internal/atomicfile"
	"hoodwink/report"
)

// attacksBenchFlags are the flags of attacks bench.
type attacksBenchFlags struct {
	attacks, norm, out string
	pictures, passes   int
	batch              int
	seed               uint64
}

func (a *app) attacksBenchCommand(all attack.Registry) *cobra.Command {
	o := attacksBenchFlags{}
	c := &cobra.Command{
		Use:   "bench DATA",
		Short: "compare attacks by the smallest changes they find for a model",
		Long: `Attack pictures with one attack after another, each with the same number of passes
through the model, and compare how small the changes are that fool: the measure of
AttackBench (arXiv:2404.19460) on your own model.

DATA is what train takes: mnist, cifar10, a folder of classes, an array or a table, with the
model's own classes. The folder --out gets curves.svg, bench.html, bench.json, and a journal:
the same command goes on where it was interrupted, and with more attacks does the new ones.`,
		Example: `  hoodwink attacks bench mnist -m mnist_fgsm --out bench
  hoodwink attacks bench photos -m net.onnx --norm linf --attacks pgd,fab-t --pictures 50 --out bench`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.attacksBench(c.Context(), all, args[0], &o) },
	}
	f := c.Flags()
	f.StringVar(&o.attacks, "attacks", "", "attacks to compare, with commas between (default all that know the norm)")
	f.StringVar(&o.norm, "norm", "l2", "what a change is measured in: "+strings.Join(attack.Norms(), ", "))
	f.StringVar(&o.out, "out", "", "folder for the results and the journal")
	f.IntVar(&o.pictures, "pictures", 100, "how many pictures are attacked, the first ones to test with")
	f.IntVar(&o.passes, "passes", hoodwink.BenchPasses, "passes through the model for each picture, forward and backward together")
	f.IntVar(&o.batch, "batch", 32, "pictures attacked together; the result does not depend on it")
	f.Uint64Var(&o.seed, "seed", 1, "seed of random numbers")
	return c
}

// attacksBench runs the comparison and prints it.
func (a *app) attacksBench(ctx context.Context, all attack.Registry, data string, o *attacksBenchFlags) error {
	if o.out == "" {
		return usageError("for example --out bench", "--out is missing: the folder for the results")
	}
	if o.pictures < 1 || o.passes < 2 || o.batch < 1 {
		return usageError("", "--pictures and --batch want at least 1, --passes at least 2")
	}
	norm, err := attack.ParseNorm(o.norm)
	if err != nil {
		return usageError("", "--norm: %w", err)
	}
	list, err := benchList(all, norm, o.attacks)
	if err != nil {
		return err
	}
	m, err := a.openModel()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	if err := hoodwink.CheckOutputs(append(dataInputs(data), m.Files()...), benchFiles(o.out)...); err != nil {
		return err
	}
	parts, err := a.openData(ctx, data, dataset.OpenOptions{Size: m.Spec.Height, Gray: m.Spec.Order == "gray", Seed: o.seed})
	if err != nil {
		return err
	}
	r := hoodwink.BenchRequest{
		Model: m, Data: data, Pictures: parts.Test, First: o.pictures, Attacks: list, Norm: norm, Passes: o.passes,
		Seed: o.seed, Dir: o.out, Version: version, Threads: a.threads, Batch: o.batch,
	}
	total := len(list) * min(o.pictures, parts.Test.Len())
	done, bar := 0, a.progress("attacking", total)
	defer bar.stop()
	b, err := hoodwink.BenchAttacks(ctx, r, func(hoodwink.BenchShot) { done++; bar.add(1) })
	bar.stop()
	switch {
	case ctx.Err() != nil:
		a.note("interrupted after %d of %d; the same command goes on from there", done, total)
		return quietError(exitInterrupted)
	case err != nil:
		return err
	}
	b.Settings = []report.Setting{
		{Name: "Network", Value: m.Name}, {Name: "SHA-256 of the network", Value: m.Hash}, {Name: "Data", Value: data},
		{Name: "Norm", Value: b.Norm}, {Name: "Pictures", Value: strconv.Itoa(b.Pictures)}, {Name: "Passes", Value: strconv.Itoa(b.Passes)},
		{Name: "Seed", Value: strconv.FormatUint(b.Seed, 10)}, {Name: "Version", Value: version},
	}
	b.Command = hoodwink.CommandLine(os.Args[1:]...)
	if err := a.writeBench(b, o.out); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(b)
	}
	return a.printAttackBench(b, o.out)
}

// benchList returns the attacks that are named, or all that know a norm.
func benchList(all attack.Registry, norm attack.Norm, named string) ([]attack.Attack, error) {
	var list []attack.Attack
	for _, x := range all {
		if named == "" && slices.Contains(x.Info().Norms, norm) {
			list = append(list, x)
		}
	}
	for _, name := range strings.FieldsFunc(named, func(r rune) bool { return r == ',' || r == ' ' }) {
		x, err := findAttack(all, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(x.Info().Norms, norm) {
			return nil, usageError("see 'hoodwink attacks show "+name+"'", "--attacks: %s does not know the norm %v", name, norm)
		}
		list = append(list, x)
	}
	if len(list) == 0 {
		return nil, usageError("see 'hoodwink attacks list'", "--attacks %q names no attack", named)
	}
	return list, nil
}

// benchFiles lists what attacks bench writes beside its journal.
func benchFiles(dir string) []string {
	return []string{filepath.Join(dir, "curves.svg"), filepath.Join(dir, "bench.html"), filepath.Join(dir, "bench.json")}
}

func (a *app) writeBench(b *report.AttackBench, dir string) error {
	files := benchFiles(dir)
	if err := report.WriteDrawing(files[0], b.Curves()); err != nil {
		return err
	}
	if err := b.Write(files[1]); err != nil {
		return err
	}
	return atomicfile.Write(files[2], func(w io.Writer) error { return printIndented(w, b, "  ") })
}

// printAttackBench prints the table for people.
func (a *app) printAttackBench(b *report.AttackBench, dir string) error {
	say(a.stdout, "%s\n\n", b.Lead())
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	say(w, "attack\toptimality\tfooled\tmedian\tis best\tlast fools\toutside\tforward\tbackward\tseconds\t\n")
	for _, r := range b.Attacks {
		median := "-"
		if r.Median != nil {
			median = strconv.FormatFloat(*r.Median, 'g', 4, 64)
		}
		say(w, "%s\t%.3f\t%.1f %%\t%s\t%.1f %%\t%.1f %%\t%d\t%.0f\t%.0f\t%.2f\t\n", r.Attack, r.Optimality, 100*r.Fooled, median,
			100*r.Best, 100*r.Last, r.Outside, r.Forwards, r.Backwards, r.Seconds)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	say(a.stdout, "\nThe curves and a page are in %s.\n", filepath.ToSlash(dir))
	return nil
}
