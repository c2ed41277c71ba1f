package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// linearFoolFlags are the settings of linear fool.
type linearFoolFlags struct {
	data    string
	maxData byteSize
	index   int
	as      string
	eps     string
	random  int
	seed    uint64
	toy     bool
	dir     string
}

// toyEps is the step of Karpathy's example, half a unit.
const toyEps = 0.5

func (a *app) linearFoolCommand() *cobra.Command {
	var o linearFoolFlags
	c := &cobra.Command{
		Use:   "fool [PICTURE]",
		Short: "fool a linear model, and show why that works",
		Long: `Move one picture along the signs of a linear model's weights until it is taken for
another class, and show what happens: the score before and after on the curve that makes
a probability of it; the same step along random signs; and the smallest change that
fools, by formula and as attacks find it.

The picture is a file, or picture --index of the test part of --data among those of the
model's classes. What it becomes is written as a PNG, read back and classified afresh.
Without --as it moves to the class that is nearest, and without --eps by twice the
smallest change.

--toy does it with ten numbers instead, as in "Breaking Linear Classifiers on ImageNet"
(Karpathy 2015): half a unit along the signs makes 88 % of 5 %.`,
		Example: `  hoodwink linear fool --toy
  hoodwink linear fool -m threes --data mnist
  hoodwink linear fool -m sketches --data sketchbook --index 3 --as vulture --dir panda
  hoodwink linear fool -m sketches panda.png --eps 4/255`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.linearFool(c.Context(), &o, args) },
	}
	f := c.Flags()
	f.StringVar(&o.data, "data", "", "take the picture from mnist, cifar10, sketchbook, a folder, or an .npz file")
	f.Var(&o.maxData, "max-data", maxDataUsage)
	f.IntVar(&o.index, "index", 0, "which picture of the test part, from 0")
	f.StringVar(&o.as, "as", "", "class to move to (default: the nearest)")
	f.Var((*sizeFlag)(&o.eps), "eps", "change of every value, e.g. 8/255 (default: twice the smallest that fools)")
	f.IntVar(&o.random, "random", 100, "random directions to compare with")
	f.Uint64Var(&o.seed, "seed", 0, "of the random directions, and of drawings")
	f.BoolVar(&o.toy, "toy", false, "the example with ten numbers, which needs no model")
	f.StringVar(&o.dir, "dir", "linear", "folder for page, figures and pictures")
	return c
}

func (a *app) linearFool(ctx context.Context, o *linearFoolFlags, args []string) error {
	if o.random < 1 || o.random > maxRandom || o.index < 0 {
		return usageError("", "--random wants 1 to %d, --index at least 0", maxRandom)
	}
	eps, err := hoodwink.ParseSize(attack.Linf, o.eps, 0)
	if err == nil && o.eps != "" && eps == 0 {
		err = errors.New("0: want a size above 0")
	}
	if err == nil && !o.toy { // its ten numbers have no limits
		err = attack.Linf.CheckSize(eps, nil, fileLevels)
	}
	if err != nil {
		return usageError("", "--eps: %w", err)
	}
	r := hoodwink.LinearRequest{Eps: eps, Random: o.random, Seed: o.seed, Threads: a.threads, Input: "ten numbers", Version: version}
	if o.toy {
		if len(args) > 0 || o.data != "" || o.as != "" || a.modelName != "" {
			return usageError("", "--toy takes no picture, --data, --as and --model")
		}
		l, x := train.Example()
		r.Linear, r.X, r.Names = l, tensor.FromSlice(x, len(x)), []string{"class 0", "class 1"}
		if eps == 0 {
			r.Eps = toyEps
		}
	} else if err := a.linearInput(ctx, o, args, &r); err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if !o.toy {
		r.Output = filepath.Join(o.dir, "fooled.png")
	}
	outputs := map[string]string{}
	names := []string{"fooled.png", "sigmoid.svg", "sigmoid.png", "directions.svg", "directions.png", "pictures.png", "index.html"}
	var paths []string
	for _, name := range names {
		outputs[name] = filepath.Join(o.dir, name)
		paths = append(paths, outputs[name])
	}
	inputs := append(dataInputs(o.data), args...)
	if r.Model != nil {
		inputs = append(inputs, r.Model.Files()...)
	}
	if err := hoodwink.CheckOutputs(inputs, paths...); err != nil {
		return err
	}
	res, err := hoodwink.FoolLinear(ctx, r)
	if errors.Is(err, context.Canceled) {
		a.note("interrupted")
		return quietError(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if err := writeLinearFool(res, outputs); err != nil {
		return err
	}
	return a.printLinearFool(res, outputs["index.html"])
}

// maxRandom bounds what --random may ask for.
const maxRandom = 10_000

// linearInput opens the model and takes the picture that the flags name.
func (a *app) linearInput(ctx context.Context, o *linearFoolFlags, args []string, r *hoodwink.LinearRequest) error {
	if (len(args) == 0) == (o.data == "") {
		return usageError("e.g. 'hoodwink linear fool -m digits --data mnist', or --toy", "name a picture or --data, not both")
	}
	m, l, err := a.openLinear()
	if err != nil {
		return err
	}
	r.Model, r.Linear, r.Names, r.Lo, r.Hi = m, l, classNames(m.Labels), 0, 1
	if o.as != "" {
		class, err := m.Labels.Resolve(o.as)
		if err != nil {
			return usageError("", "--as: %w", err)
		}
		r.To = &class.Index
	}
	if len(args) > 0 {
		r.Input = filepath.ToSlash(args[0])
		pic, err := a.readPicture(args[0])
		if err != nil {
			return err
		}
		at := hoodwink.FoolRequest{Model: m, Input: args[0], Picture: pic, AtModel: true}
		r.X, err = at.Pixels()
		return err
	}
	r.Input = fmt.Sprintf("picture %d of %s", o.index, filepath.ToSlash(o.data))
	r.X, r.Label, err = a.pictureOf(ctx, o, l.Weights.Shape[1:], r.Names)
	return err
}

// pictureOf returns one picture of the test part of a data set, counted among those whose class the
// model has, and the name of its class.
func (a *app) pictureOf(ctx context.Context, o *linearFoolFlags, shape []int,
	names []string) (*tensor.Tensor, string, error) {
	parts, err := a.openData(ctx, o.data, dataset.OpenOptions{Size: shape[1], Gray: shape[0] == 1,
		Examples: 1000, Seed: o.seed, MaxBytes: int64(o.maxData)})
	if err != nil {
		return nil, "", err
	}
	test := parts.Test
	if !tensor.SameShape(test.Shape(), shape) {
		return nil, "", usageError("the model was trained on other pictures", "the pictures of %s are %v, and the model takes %v", o.data, test.Shape(), shape)
	}
	classes, x, seen := test.Classes(), tensor.New(shape...), 0
	for i := range test.Len() {
		label, err := test.Picture(x.Data, 0, i)
		if err != nil {
			return nil, "", err
		}
		if !slices.Contains(names, classes[label]) {
			continue
		}
		if seen == o.index {
			preprocess.Quantize(x.Data, x.Data)
			return x, classes[label], nil
		}
		seen++
	}
	return nil, "", usageError("want a smaller --index", "%s has %d test pictures of the model's classes, and no picture %d", o.data, seen, o.index)
}

func writeLinearFool(res *hoodwink.LinearResult, outputs map[string]string) error {
	for name, c := range map[string]report.Curves{"sigmoid": res.Sigmoid(), "directions": res.Chart()} {
		for _, ext := range []string{".svg", ".png"} {
			if err := report.WriteDrawing(outputs[name+ext], c); err != nil {
				return err
			}
		}
	}
	sheet, err := res.Montage()
	if err != nil {
		return err
	}
	if len(sheet.Tiles) > 0 {
		if err := sheet.WritePNG(outputs["pictures.png"]); err != nil {
			return err
		}
	}
	page, err := res.Page(hoodwink.CommandLine(os.Args[1:]...))
	if err != nil {
		return err
	}
	return page.Write(outputs["index.html"])
}

func (a *app) printLinearFool(res *hoodwink.LinearResult, page string) error {
	fooled := res.After[0].Class != res.From.Class
	if a.json {
		if err := a.printJSON(res.LinearFool); err != nil {
			return err
		}
	} else {
		a.linearFoolText(res, fooled, page)
	}
	if !fooled {
		return quietError(exitNotFooled)
	}
	return nil
}

func (a *app) linearFoolText(res *hoodwink.LinearResult, fooled bool, page string) {
	verdict := "not fooled"
	if fooled {
		verdict = "fooled"
	}
	size := fmt.Sprintf("%.3g", res.Eps)
	if res.Output != "" {
		size = inLevels(res.Eps)
	}
	w := a.stdout
	say(w, "%s: %s → %s\n", verdict, res.From.Label, res.After[0].Label)
	say(w, "  before      %s\n", oneLine(res.Before))
	say(w, "  after       %s\n", oneLine(res.After))
	say(w, "  score       %.3f → %.3f, by %s more or less in each of %d values\n", res.ScoreBefore, res.ScoreAfter, size, res.Values)
	say(w, "  directions  %.4g a unit along the signs of the weights, %.3g along random signs: %.0f times less\n", res.SignSlope, res.RandomSlope, res.SlopesQuotient)
	say(w, "  the smallest change that takes it out of its class\n")
	io.WriteString(w, res.Table())
	if res.Output != "" {
		say(w, "  written     %s (read back and classified afresh)\n", filepath.ToSlash(res.Output))
	}
	say(w, "  page        %s\n", filepath.ToSlash(page))
}
