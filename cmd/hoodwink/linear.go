package main

import (
	"errors"
	"math"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

func (a *app) linearCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "linear",
		Short: "linear classifiers: train one, look at its weights, see why it is fooled",
		Long: `Linear classifiers have one weight for every pixel and class, and show what deep
networks hide: what they look for can be drawn, how they are fooled follows from their
weights, and the smallest change that fools them is a formula.`,
		Example: `  hoodwink linear train --data mnist --classes 3,7 --logistic --out threes
  hoodwink linear templates -m threes
  hoodwink linear fool -m threes --data mnist
  hoodwink linear fool --toy`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.linearTrainCommand(), a.linearTemplatesCommand(), a.linearFoolCommand())
	return c
}

// openLinear opens the model named by --model, which must be linear.
func (a *app) openLinear() (*model.Model, *train.Linear, error) {
	if a.modelName == "" {
		return nil, nil, usageError("train one with 'hoodwink linear train', and name its folder, e.g. -m digits", "no linear model was given")
	}
	m, err := a.openModel()
	if err != nil {
		return nil, nil, err
	}
	l, err := hoodwink.ReadLinear(m)
	if errors.Is(err, train.ErrNotLinear) {
		err = &codedError{err: err, code: exitFailure, hint: "'hoodwink linear train' makes a linear model"}
	}
	if err != nil {
		return nil, nil, err
	}
	return m, l, nil
}

// classNames returns the first name of every class.
func classNames(l *model.Labels) []string {
	names := make([]string, l.Len())
	for i := range names {
		names[i] = l.Class(i).Label
	}
	return names
}

// A templatesAnswer is the JSON of linear templates.
type templatesAnswer struct {
	Model   string     `json:"model"`
	Output  string     `json:"output"`
	Shape   []int      `json:"shape"` // of a template: channels, height, width
	Classes []template `json:"classes"`
}

// A template describes the weights of one class in numbers.
type template struct {
	Class int     `json:"class"`
	Label string  `json:"label"`
	Bias  float64 `json:"bias"`
	L1    float64 `json:"l1"`
	L2    float64 `json:"l2"`
	Linf  float64 `json:"linf"`
}

func (a *app) linearTemplatesCommand() *cobra.Command {
	var output, title string
	var classes []string
	var side, columns int
	c := &cobra.Command{
		Use:   "templates",
		Short: "draw the weights of a linear model, one picture a class",
		Long: `Draw the weights of every class as a picture: what the model looks for. Mid-gray is a
weight of zero, bright pixels speak for the class and dark ones against it, each colour
on its own. The model may come from anywhere, as long as it is linear.`,
		Example: `  hoodwink linear templates -m digits
  hoodwink linear templates -m sketches --classes panda,vulture --side 256 -o two.png`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := wantPNG("output", output); err != nil {
				return err
			}
			return a.linearTemplates(output, classes, report.Montage{Title: title, Side: side, Columns: columns})
		},
	}
	f := c.Flags()
	f.StringVarP(&output, "output", "o", "templates.png", "PNG to write")
	f.StringVar(&title, "title", "", "words above the pictures")
	f.StringSliceVar(&classes, "classes", nil, "draw these classes only, separated by commas")
	f.IntVar(&side, "side", 168, "side of a picture in pixels")
	f.IntVar(&columns, "columns", 0, "pictures in a row (0: as many as fill the rows)")
	return c
}

// columnsOf returns the number of columns for n tiles: the sheet is at least as wide as high, less
// than twice as wide, and has the fewest empty places.
func columnsOf(n int) int {
	least := int(math.Ceil(math.Sqrt(float64(n))))
	best := least
	for c := least; c < 2*least; c++ {
		if (c-n%c)%c < (best-n%best)%best {
			best = c
		}
	}
	return best
}

func (a *app) linearTemplates(output string, words []string, sheet report.Montage) error {
	m, l, err := a.openLinear()
	if err != nil {
		return err
	}
	if err := hoodwink.CheckOutputs(m.Files(), output); err != nil {
		return err
	}
	chosen, err := chooseClasses(m.Labels, words)
	if err != nil {
		return err
	}
	tiles, err := hoodwink.Templates(l, classNames(m.Labels))
	if err != nil {
		return err
	}
	ans := templatesAnswer{Model: m.Name, Output: output, Shape: l.Weights.Shape[1:]}
	for _, k := range chosen {
		sheet.Tiles = append(sheet.Tiles, tiles[k])
		w := l.Template(k).Data
		ans.Classes = append(ans.Classes, template{Class: k, Label: tiles[k].Title, Bias: float64(l.Bias[k]), L1: tensor.L1(w), L2: tensor.L2(w), Linf: tensor.Linf(w)})
	}
	if sheet.Columns == 0 {
		sheet.Columns = columnsOf(len(sheet.Tiles))
	}
	if err := sheet.WritePNG(output); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(ans)
	}
	say(a.stdout, "the weights of %d classes, %d x %d pixels each, in %s\n", len(chosen), ans.Shape[2], ans.Shape[1], output)
	return nil
}

// chooseClasses returns the classes that words name, or all.
func chooseClasses(labels *model.Labels, words []string) ([]int, error) {
	var chosen []int
	for _, word := range words {
		c, err := labels.Resolve(word)
		if err != nil {
			return nil, usageError("", "--classes: %w", err)
		}
		chosen = append(chosen, c.Index)
	}
	if chosen == nil {
		for k := range labels.Len() {
			chosen = append(chosen, k)
		}
	}
	return chosen, nil
}
