package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/internal/npy"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A gradientAnswer is the JSON of gradient.
type gradientAnswer struct {
	File   string  `json:"file"`
	Model  string  `json:"model"`
	Class  int     `json:"class"`
	Synset string  `json:"synset"`
	Label  string  `json:"label"`
	Prob   float64 `json:"prob"`
	Of     string  `json:"of"` // name of the loss whose gradient it is
	Value  float64 `json:"value"`
	Shape  []int   `json:"shape"`
	L1     float64 `json:"l1"` // of the gradient, pixels in [0,1]
	L2     float64 `json:"l2"`
	Linf   float64 `json:"linf"`
	Zero   string  `json:"zero_gradient,omitempty"` // if it is zero everywhere: what that may mean
	Output string  `json:"output,omitempty"`
	NPY    string  `json:"npy,omitempty"`
}

func (a *app) gradientCommand() *cobra.Command {
	var class, lossName, at, output, array string
	c := &cobra.Command{
		Use:   "gradient PICTURE",
		Short: "show which pixels a class depends on",
		Long: `Compute the gradient of a class with respect to the pixels of a picture, through the
network and its preprocessing, and draw it: grey where nothing depends on a pixel,
scaled by the 98th percentile of its magnitude.`,
		Example: `  hoodwink gradient panda.jpg --class vulture
  hoodwink gradient panda.jpg --of prob -o gradient.png --npy gradient.npy`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			loss, err := attack.ParseLoss(lossName)
			if err != nil {
				return usageError("", "--of: %w", err)
			}
			if at != "picture" && at != "model" {
				return usageError("", "--at %s: want picture or model", at)
			}
			if err := wantPNG("output", output); err != nil {
				return err
			}
			if err := wantName("npy", array, "", ".npy"); err != nil {
				return err
			}
			return a.gradient(args[0], class, loss, at == "model", output, array)
		},
	}
	f := c.Flags()
	f.StringVar(&class, "class", "", "class whose gradient to take (default: the picture's top class)")
	f.StringVar(&lossName, "of", "prob", "what the gradient is of: prob (the article's), logprob, logit, margin")
	f.StringVar(&at, "at", "picture", "the file's own pixels (picture) or the picture at the network's size (model)")
	f.StringVarP(&output, "output", "o", "", "PNG to write (default: the picture's name, -gradient-, the class)")
	f.StringVar(&array, "npy", "", "also write the numbers as a NumPy array, float32: (1,3,H,W), or (1,1,H,W) if the model takes gray")
	return c
}

func (a *app) gradient(file, class string, loss attack.Loss, atModel bool, output, array string) error {
	m, err := a.openModel()
	if err != nil {
		return err
	}
	inputs := append(m.Files(), file)
	if err := hoodwink.CheckOutputs(inputs, output, array); err != nil {
		return err
	}
	pic, err := a.readPicture(file)
	if err != nil {
		return err
	}
	x := pic.Pixels
	if atModel {
		if x, err = m.Spec.Geometry(x); err != nil {
			return err
		}
		m = m.AtModel()
	}
	index := -1
	if class != "" {
		c, err := m.Labels.Resolve(class)
		if err != nil {
			return usageError("", "--class: %w", err)
		}
		index = c.Index
	}
	g, err := hoodwink.Gradient(m, x, index, loss, a.threads)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	k := m.Labels.Class(g.Class)
	if output == "" {
		output = stem(file) + "-gradient-" + hoodwink.Dashed(k.Label) + ".png"
		if err := hoodwink.CheckOutputs(inputs, output, array); err != nil {
			return err
		}
	}
	img, err := report.GradientImage(g.Pixels)
	if err != nil {
		return err
	}
	if err := report.WriteImage(output, img); err != nil {
		return err
	}
	if array != "" {
		if err := npy.WriteFile(array, g.Pixels.Shape, g.Pixels.Data); err != nil {
			return err
		}
	}
	ans := gradientAnswer{File: file, Model: m.Name, Class: k.Index, Synset: k.Synset, Label: k.Label, Prob: g.Prob, Of: loss.String(), Value: g.Value,
		Shape: g.Pixels.Shape, L1: tensor.L1(g.Pixels.Data), L2: tensor.L2(g.Pixels.Data), Linf: tensor.Linf(g.Pixels.Data), Output: output, NPY: array}
	if ans.Linf == 0 {
		ans.Zero = report.ZeroGradient(ans.Of)
	}
	if a.json {
		return a.printJSON(ans)
	}
	say(a.stdout, "gradient of %s of %s (%.2f %%) in %s\n", loss, k.Label, 100*g.Prob, file)
	say(a.stdout, "  sum of magnitudes %.4g, L2 %.4g, largest %.4g, for pixels in [0,1]\n", ans.L1, ans.L2, ans.Linf)
	if ans.Zero != "" {
		say(a.stdout, "  zero everywhere: %s\n", ans.Zero)
	}
	say(a.stdout, "  written %s\n", output)
	return nil
}
