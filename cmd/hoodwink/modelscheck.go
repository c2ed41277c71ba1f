package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// checkPictures is the default number of labelled pictures for a check.
const checkPictures = 100

func (a *app) modelsCheckCommand() *cobra.Command {
	var data string
	var limit int
	c := &cobra.Command{
		Use:   "check NAME",
		Short: "check a model's contract against what the network does",
		Long: `Try a network on made-up pictures: are its results logits or probabilities, do values
of the contract's range make sense to it, do gradients agree with finite differences,
are they neither zero nor huge, and does a picture's result depend on its batch?

With --data, a folder of labelled pictures, the accuracy under the contract is set
beside that under other common ones: RGB or BGR, ranges, means and standard
deviations. A picture's class is the name of its folder (an index, a synset or a class
name), or in the file's name: n01443537_goldfish.JPEG, cifar10_07_6.png (the last
number), goldfish-2.png.

The exit code is 4 if the contract is wrong.`,
		Example: `  hoodwink models check mynet
  hoodwink models check mynet --data validation/`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if limit < 1 {
				return usageError("", "--limit %d: want at least 1", limit)
			}
			m, err := store.Open(args[0], a.modelOptions())
			if err != nil {
				return err
			}
			u, err := a.checkup(c.Context(), m, data, limit)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(u)
			} else {
				err = a.printCheckup(u)
			}
			if err == nil && !u.OK {
				err = quietError(exitMismatch)
			}
			return err
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of labelled pictures, to compare accuracies")
	c.Flags().IntVar(&limit, "limit", checkPictures, "most pictures of it to look at, evenly chosen")
	return c
}

// checkup checks a model, on labelled pictures of a folder unless that is "".
func (a *app) checkup(ctx context.Context, m *model.Model, folder string, limit int) (*model.Checkup, error) {
	var o model.CheckOptions
	if folder != "" {
		files, err := dataset.Walk(folder)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if c, ok := m.Labels.OfFile(f); ok {
				o.Pictures = append(o.Pictures, model.Labelled{Path: f, Class: c.Index})
			}
		}
		n := len(o.Pictures)
		if n == 0 {
			return nil, usageError("name folders by class, or files as 'hoodwink models check --help' says",
				"%s: no folder or file name of its %d pictures names a class of %s", folder, len(files), m.Name)
		}
		if n < len(files) {
			a.note("%d of %d pictures name a class of %s; the others are passed over", n, len(files), m.Name)
		}
		if n > limit {
			chosen := make([]model.Labelled, limit)
			for i := range chosen {
				chosen[i] = o.Pictures[i*n/limit]
			}
			o.Pictures = chosen
		}
		b := a.progress("check", len(o.Pictures))
		defer b.stop()
		o.Progress = func(done, _ int) { b.set(int64(done)) }
	}
	return m.Check(ctx, o)
}

func (a *app) printCheckup(u *model.Checkup) error {
	for _, f := range u.Findings {
		say(a.stdout, "%-8s %-9s %s\n", f.Level, f.Check, f.Text)
		if f.Advice != "" {
			say(a.stdout, "                   %s\n", f.Advice)
		}
	}
	if len(u.Contracts) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nright\tlog prob\tcontract\n")
	for _, c := range u.Contracts {
		say(w, "%.1f %%\t%.3f\t%s\n", 100*float64(c.Right)/float64(c.Pictures), c.LogProb, c.Name)
	}
	return w.Flush()
}

// specFlags adds flags for the contract with pictures. After the flags are parsed, call the result
// to complete it.
func specFlags(c *cobra.Command, s *preprocess.Spec) (complete func() error) {
	f := c.Flags()
	var size, resize, interpolation, layout, mean, std string
	f.StringVar(&s.Preset, "preset", "", "preprocessing: "+strings.Join(preprocess.Presets(), ", ")+" (default: by the format, and said)")
	f.StringVar(&size, "size", "", "pictures the network takes, e.g. 224 or 320x240 (width x height), where its file leaves it open")
	f.StringVar(&s.Order, "order", "", "channels: RGB, BGR or gray (default: the preset's, like all that follow)")
	f.Float32Var(&s.Scale, "scale", 0, "value of white before mean and std: 1 or 255")
	f.StringVar(&mean, "mean", "", "mean of each channel, e.g. 0.5,0.5,0.5, in units of --scale")
	f.StringVar(&std, "std", "", "standard deviation of each channel")
	f.StringVar(&resize, "resize", "", "stretch, stretch:256 or shorter-side:256; with a number, then a centre crop")
	f.StringVar(&interpolation, "interpolation", "", "bilinear, bicubic or nearest")
	f.BoolVar(&s.Antialias, "antialias", false, "widen the filter when shrinking, as PIL does")
	f.StringVar(&layout, "layout", "", "NCHW or NHWC (default: as the input's shape says)")
	return func() (err error) {
		if s.Mean, err = numbers("--mean", mean); err != nil {
			return err
		}
		if s.Std, err = numbers("--std", std); err != nil {
			return err
		}
		if s.Width, s.Height, err = preprocess.ParseSize(size); err != nil {
			return usageError("write e.g. 224, or 320x240 for width x height", "--size: %w", err)
		}
		s.Interpolation, s.Layout = preprocess.Interpolation(interpolation), preprocess.Layout(layout)
		mode, to, sized := strings.Cut(resize, ":")
		s.Resize = preprocess.ResizeMode(mode)
		if sized {
			if s.ResizeTo, err = strconv.Atoi(to); err != nil {
				return usageError("write e.g. shorter-side:256", "--resize %s: %q is not a number", resize, to)
			}
		}
		return nil
	}
}

// numbers parses numbers with commas between them; "" gives none.
func numbers(flag, text string) ([]float32, error) {
	if text == "" {
		return nil, nil
	}
	var out []float32
	for word := range strings.SplitSeq(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 32)
		if err != nil {
			return nil, usageError("write numbers with commas between them, e.g. 0.485,0.456,0.406", "%s %s: %q is not a number", flag, text, word)
		}
		out = append(out, float32(v))
	}
	return out, nil
}
