package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

func (a *app) demoCommand() *cobra.Command {
	var seed uint64
	var dir, from, to, eps string
	c := &cobra.Command{
		Use:   "demo",
		Short: "draw a panda and turn it into a vulture, without any download",
		Long: `Everything hoodwink does, on a network and a picture that need no download: draw a
picture, classify it, change it by at most --eps until the embedded network sees
something else, write it as PNG, read it back, and show it all on one page.`,
		Example: `  hoodwink demo
  hoodwink demo --draw kitten --as "tennis ball" --seed 3 --dir out`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := linfSize("eps", eps, 0, fileLevels)
			if err != nil {
				return err
			}
			return a.demo(c.Context(), dir, from, to, e, seed)
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", "hoodwink-demo", "folder to write to")
	f.StringVar(&from, "draw", "giant panda", "what to draw")
	f.StringVar(&to, "as", "vulture", "what the network is to see")
	eps = "8/255"
	f.Var((*sizeFlag)(&eps), "eps", "largest change of a pixel")
	f.Uint64Var(&seed, "seed", 7, "seed of the drawing")
	return c
}

// demoSide is the size of the drawing. It is larger than the network's input, so that the attack
// works through the resize, as it does with photos.
const demoSide = 256

func (a *app) demo(ctx context.Context, dir, from, to string, eps float64, seed uint64) error {
	m, err := store.Open(store.Embedded, a.modelOptions())
	if err != nil {
		return err
	}
	drawn, err := m.Labels.Resolve(from)
	if err != nil {
		return usageError("", "--draw: %w", err)
	}
	target, err := m.Labels.Resolve(to)
	if err != nil {
		return usageError("", "--as: %w", err)
	}
	x, err := dataset.Draw(slices.Index(dataset.SketchClasses(), drawn.Label), seed, demoSide)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	input := filepath.Join(dir, hoodwink.Dashed(drawn.Label)+".png")
	output, page := filepath.Join(dir, hoodwink.Dashed(drawn.Label)+"-as-"+hoodwink.Dashed(target.Label)+".png"), filepath.Join(dir, "index.html")
	if err := hoodwink.CheckOutputs(nil, append(hoodwink.PictureFiles(dir), input, output, page)...); err != nil {
		return err
	}
	if err := preprocess.WritePNG(input, x, []preprocess.Text{{Key: "Software", Value: "hoodwink " + version}}); err != nil {
		return err
	}
	res, err := hoodwink.Fool(ctx, hoodwink.FoolRequest{
		Model: m, Input: input, Output: output,
		Criterion: attack.Targeted{Class: target.Index}, Until: attack.Targeted{Class: target.Index, Prob: hoodwink.WantedProb},
		// Small steps give curves worth looking at.
		Attack: attacks.BIM{Steps: 100, StepSize: eps / 32}, Eps: eps, Threads: a.threads, Limits: a.limits(), Version: version,
	})
	if err != nil {
		return err
	}
	err = a.finish(res, page, dir)
	if !a.json && (err == nil || errors.As(err, new(quietError))) {
		say(a.stdout, "  page     %s\n", page)
	}
	return err
}
