package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink/model"
	"hoodwink/model/store"
)

func (a *app) modelsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "list, fetch, add, export, inspect and check models",
		Long: `Models are looked for in the folder of --models, then in $HOODWINK_MODELS, then in
the user's cache folder. In a models folder every model has a folder of its own.`,
		Example: `  hoodwink models list
  hoodwink models pull googlenet
  hoodwink models inspect googlenet
  hoodwink models add mynet my.onnx --preset torchvision --labels classes.txt
  hoodwink models check mynet --data validation/`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("there are list, pull, add, check, export, inspect, verify and path", "models has no command %q", args[0])
			}
			return c.Help()
		},
	}
	one := func(use, short string, run func(ctx context.Context, name string) error) *cobra.Command {
		return &cobra.Command{Use: use + " NAME", Short: short, Example: "  hoodwink models " + use + " googlenet", Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), args[0]) }}
	}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "list known, built-in and added models", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.modelsList() }},
		one("pull", "download a known model, check it and keep it", a.modelsPull),
		one("inspect", "print a model's layers, shapes, parameters and multiply-adds", func(_ context.Context, n string) error { return a.modelsInspect(n) }),
		one("verify", "check a model's files and its known answer", func(_ context.Context, n string) error { return a.modelsVerify(n) }),
		one("path", "print the folder a model is in", func(_ context.Context, n string) error { return a.modelsPath(n) }),
		a.modelsAddCommand(),
		a.modelsCheckCommand(),
		a.modelsExportCommand(),
	)
	return c
}

func (a *app) modelsList() error {
	list := store.List(a.modelOptions())
	if a.json {
		return a.printJSON(list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, i := range list {
		state := i.Dir
		switch {
		case i.Problem != "":
			state = i.Problem
		case !i.Present:
			state = fmt.Sprintf("not here (pull: %.1f MB)", float64(i.Download)/1e6)
		}
		say(w, "%s\t%s\t%s\t%s\n", i.Name, i.Kind, i.Title, state)
	}
	return w.Flush()
}

func (a *app) modelsPull(ctx context.Context, name string) error {
	p := a.newPull(name)
	dir, err := store.Pull(ctx, name, a.modelOptions(), p.progress)
	p.stop()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]string{"name": name, "dir": dir})
	}
	say(a.stdout, "%s is in %s\n", name, dir)
	return nil
}

func (a *app) modelsPath(name string) error {
	dir, err := store.Path(name, a.modelOptions())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]string{"name": name, "dir": dir})
	}
	say(a.stdout, "%s\n", dir)
	return nil
}

func (a *app) modelsInspect(name string) error {
	m, err := store.Open(name, a.modelOptions())
	if err != nil {
		return err
	}
	i := m.Inspect()
	if a.json {
		return a.printJSON(i)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	say(w, "layer\tkind\tin\tout\tparameters\tmultiply-adds\t\n")
	for _, r := range i.Layers {
		say(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.Kind, shapes(r.In), shapes(r.Out), thousands(r.Params), thousands(r.MACs))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s := i.Preprocess
	say(a.stdout, "\n%s (%s): %d layers, %s parameters, %s multiply-adds, %d classes\n", i.Name, i.Network, len(i.Layers), thousands(i.Params), thousands(i.MACs), i.Classes)
	if i.Outputs != model.Logits {
		say(a.stdout, "  outputs    %s\n", i.Outputs)
	}
	from, resize := s.Order, string(s.Resize)
	if s.Preset != "" {
		from += ", preset " + s.Preset
	}
	if s.ResizeTo > 0 {
		resize += fmt.Sprintf(" to %d, then the centre", s.ResizeTo)
	}
	say(a.stdout, "  input      %s %s: resize %s, scale %g, mean %v, std %v\n", shapes([][]int{i.Input}), from, resize, s.Scale, s.Mean, s.Std)
	say(a.stdout, "  hash       %s\n", i.Hash)
	for _, f := range i.Files {
		say(a.stdout, "  %-10s %s\n", f.Role, f.Path)
	}
	for _, n := range i.Notes {
		say(a.stdout, "  note       %s\n", n)
	}
	return nil
}

func (a *app) modelsVerify(name string) error {
	v, err := store.Verify(name, a.modelOptions())
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		say(a.stdout, "%s: %s: %s\n", v.Model, v.Verdict, v.Summary)
		for _, f := range v.Files {
			mark := "as published"
			if !f.Same {
				mark = fmt.Sprintf("not the published file (%s bytes, want %s)", thousands(f.Size), thousands(f.WantSize))
			}
			say(a.stdout, "  %s: %s\n", filepath.Base(f.Path), mark)
		}
		for i, want := range v.Want {
			say(a.stdout, "  black picture: %s %.4f %%, known answer %.4f %%\n", want.Label, 100*v.Got[i].Prob, 100*want.Prob)
		}
	}
	if !v.OK {
		return quietError(exitMismatch)
	}
	return nil
}

func (a *app) modelsAddCommand() *cobra.Command {
	var add store.Addition
	var outputs, data string
	var complete func() error
	c := &cobra.Command{
		Use:   "add NAME [FILE|FOLDER]",
		Short: "register your own ONNX or Caffe model under a name",
		Long: `Register a network of your own: an .onnx file, a folder with one, a folder with one
.prototxt and one .caffemodel, or files named by flags. The network is loaded and run,
then a file hoodwink.yaml with its contract is written into the models folder; edit it
to change the preprocessing. The network's files stay where they are.

What no flag says is assumed and said. Then the contract is checked as by 'hoodwink
models check'; with --check, a folder of labelled pictures, also by its accuracy.`,
		Example: `  hoodwink models add mynet my.onnx --preset torchvision --labels classes.txt
  hoodwink models add other other.onnx --scale 255 --mean 127.5,127.5,127.5 --std 127.5,127.5,127.5
  hoodwink models add old ~/nets/old --preset caffe-mean --labels ~/nets/classes.txt
  hoodwink predict --model mynet photo.jpg`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			add.Name = args[0]
			if len(args) == 2 {
				add.Folder = args[1]
			}
			if err := complete(); err != nil {
				return err
			}
			if err := model.Outputs(outputs).Check(); err != nil {
				return usageError("", "--%w", err)
			}
			add.Outputs = model.Outputs(outputs)
			m, err := store.Add(add, a.modelOptions())
			if err != nil {
				return err
			}
			u, err := a.checkup(c.Context(), m, data, checkPictures)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(struct {
					*model.Inspection
					Check *model.Checkup `json:"check"`
				}{m.Inspect(), u})
			}
			say(a.stdout, "%s is registered in %s: input %s, %d classes, preset %s\n", m.Name, m.Dir,
				shapes([][]int{m.Network.InputShape()}), m.Labels.Len(), m.Spec.Preset)
			for _, n := range m.Notes {
				a.note("%s", n)
			}
			for _, f := range u.Findings {
				switch {
				case f.Level != model.Fine:
					a.note("%s: %s: %s", f.Level, f.Text, f.Advice)
				case f.Check == "accuracy":
					a.note("%s", f.Text)
				}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&add.Definition, "definition", "", "the network's .prototxt")
	f.StringVar(&add.Weights, "weights", "", "the network's .onnx or .caffemodel")
	f.StringVar(&add.Labels, "labels", "", "class names: lines, with or without synset ids, JSON or a table (README); or imagenet")
	f.StringVar(&add.Output, "output-name", "", "which of the network's outputs has the scores (default: chosen, and said)")
	f.StringVar(&outputs, "outputs", "", "what the network gives: logits, probabilities, sigmoid or sigmoid-logits (default: found out)")
	f.StringVar(&data, "check", "", "folder of labelled pictures to check the contract by")
	complete = specFlags(c, &add.Spec)
	return c
}

// mostShapes is how many shapes a line of a table has: one may join thousands.
const mostShapes = 8

// shapes writes shapes as 3x224x224, several with +.
func shapes(list [][]int) string {
	var out []string
	for _, s := range list {
		var dims []string
		for _, d := range s {
			dims = append(dims, fmt.Sprint(d))
		}
		out = append(out, strings.Join(dims, "x"))
	}
	if n := len(out); n > mostShapes {
		out = append(out[:mostShapes:mostShapes], fmt.Sprintf("%d more", n-mostShapes))
	}
	return strings.Join(out, " + ")
}

// thousands writes an integer with separators.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
