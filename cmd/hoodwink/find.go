package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
)

func (a *app) findCommand() *cobra.Command {
	var (
		top     int
		atLeast float64
		montage string
	)
	c := &cobra.Command{
		Use:   "find WORD FOLDER",
		Short: "search photos for what is on them",
		Long: `Search a folder of photos, which need no tags, for a class: "castle", "dog", ...

WORD is a class index, a synset id, or words; every class with that name or with
that word in its names counts. The first search of a folder classifies its
pictures and remembers the result in the user's cache; the next one is instant.
Ctrl-C keeps what has been classified.`,
		Example: `  hoodwink find castle ~/Photos
  hoodwink find panda images/ --montage pandas.png`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if top < 1 || atLeast < 0 || atLeast > 1 {
				return usageError("", "--top wants at least 1, --at-least a probability in [0,1]")
			}
			if err := wantPNG("montage", montage); err != nil {
				return err
			}
			return a.find(c.Context(), args[0], args[1], top, atLeast, montage)
		},
	}
	c.Flags().IntVarP(&top, "top", "k", 10, "how many pictures to show")
	c.Flags().Float64Var(&atLeast, "at-least", 0.01, "smallest probability that counts")
	c.Flags().StringVar(&montage, "montage", "", "also write the pictures found into one PNG")
	return c
}

// A findAnswer is the JSON of find.
type findAnswer struct {
	Word    string        `json:"word"`
	Model   string        `json:"model"`
	Classes []model.Class `json:"classes"`
	*hoodwink.FindResult
}

func (a *app) find(ctx context.Context, word, dir string, top int, atLeast float64, montage string) error {
	m, err := a.openModel()
	if err != nil {
		return err
	}
	classes, err := m.Labels.ResolveEvery(word)
	if err != nil {
		return usageError("", "%w", err)
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "hoodwink", "find")
	}
	if montage != "" {
		pictures, _ := dataset.Walk(dir) // or Find will say it
		if err := hoodwink.CheckOutputs(slices.Concat(m.Files(), []string{cache}, pictures), montage); err != nil {
			return err
		}
	}
	index := hoodwink.OpenIndex(cache, m)
	var b *bar
	res, err := index.Find(ctx, dir, indices(classes), atLeast, a.limits(), a.threads, func(done, total int) {
		if b == nil {
			b = a.progress("classifying", total)
		}
		b.set(int64(done))
	})
	if b != nil {
		b.stop()
	}
	trouble := index.Trouble()
	if trouble != nil {
		a.note("what was classified cannot be remembered, and the next search does it again: %v", trouble)
	}
	if errors.Is(err, context.Canceled) {
		if trouble == nil {
			a.note("interrupted; what was classified is remembered")
		}
		return quietError(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if res.Pictures == 0 {
		return fmt.Errorf("%s: no pictures in this folder", dir)
	}
	for _, f := range slices.Sorted(maps.Keys(res.Unreadable)) {
		a.note("%s was left out: %s", f, res.Unreadable[f])
	}
	res.Matches = res.Matches[:min(top, len(res.Matches))]
	if montage != "" {
		if err := a.findMontage(montage, res.Matches); err != nil {
			return err
		}
	}
	if err := a.printFound(findAnswer{Word: word, Model: m.Name, Classes: classes, FindResult: res}); err != nil {
		return err
	}
	if res.NotFinite > 0 {
		return &model.NotFiniteError{Model: m.Name, Err: fmt.Errorf("%d of %d pictures get NaN or an infinity", res.NotFinite, res.Pictures)}
	}
	return nil
}

// printFound prints what a search has found.
func (a *app) printFound(res findAnswer) error {
	if a.json {
		return a.printJSON(res)
	}
	if len(res.Matches) == 0 {
		say(a.stdout, "none of %d pictures shows %s\n", res.Pictures, res.Word)
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range res.Matches {
		say(w, "%6.2f %%\t%s\t%s\n", 100*f.Prob, f.Class[0].Label, f.File)
	}
	return w.Flush()
}

// findMontage shows the pictures found, with their classes.
func (a *app) findMontage(path string, found []hoodwink.Found) error {
	var tiles []report.Tile
	for _, f := range found {
		pic, err := preprocess.ReadFile(f.File, a.limits())
		if err != nil {
			return err
		}
		img, err := report.Picture(pic.Pixels)
		if err != nil {
			return err
		}
		tiles = append(tiles, report.Tile{Picture: img, Title: fmt.Sprintf("%s, %.1f %%", f.Class[0].Label, 100*f.Prob), Detail: filepath.Base(f.File)})
	}
	if len(tiles) == 0 {
		return nil
	}
	return report.Montage{Tiles: tiles, Side: 320}.WritePNG(path)
}

func indices(classes []model.Class) []int {
	out := make([]int, len(classes))
	for i, c := range classes {
		out[i] = c.Index
	}
	return out
}
