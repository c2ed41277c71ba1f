package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink/dataset"
	"hoodwink/internal/advice"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
)

// A prediction is what predict says of one picture; its JSON is a contract.
type prediction struct {
	File        string             `json:"file"`
	Model       string             `json:"model"`
	MultiLabel  bool               `json:"multilabel,omitempty"` // each label is on or off by itself
	Predictions []model.Prediction `json:"predictions,omitempty"`
	// what was assumed about the model; only for the first picture
	Notes []string `json:"notes,omitempty"`
	Error string   `json:"error,omitempty"`
	Hint  string   `json:"hint,omitempty"` // what to do about the error
}

func (a *app) predictCommand() *cobra.Command {
	var top int
	c := &cobra.Command{
		Use:   "predict PICTURE...",
		Short: "classify pictures",
		Long: `Classify pictures: files, folders (searched for pictures), or - for standard input.

With --json one object is printed for each picture, one to a line when there are
several. A picture that cannot be read, or for which the network gives NaN or an
infinity, does not stop the others; the exit code tells.

Where each label is on or off by itself (a sigmoid each), every label is listed with its
own probability, and those do not add up to 100 %.`,
		Example: `  hoodwink predict cat.jpg
  hoodwink predict --top 3 photos/ other.png
  curl -s https://example.org/cat.jpg | hoodwink predict -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if top < 1 {
				return usageError("", "--top %d: want at least 1", top)
			}
			return a.predict(c.Context(), args, top)
		},
	}
	c.Flags().IntVarP(&top, "top", "k", 5, "how many classes to print")
	return c
}

func (a *app) predict(ctx context.Context, args []string, top int) error {
	files, err := pictureFiles(args)
	if err != nil {
		return err
	}
	m, err := a.openModel()
	if err != nil {
		return err
	}
	classify, err := m.Predictor(a.threads)
	if err != nil {
		return err
	}
	bar := a.progress("classifying", len(files))
	defer bar.stop()
	failed := 0
	for i, file := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p := prediction{File: file, Model: m.Name, MultiLabel: m.MultiLabel()}
		if i == 0 {
			p.Notes = m.Notes
		}
		pic, err := a.readPicture(file)
		if err == nil {
			var logits []float32
			if logits, err = classify.Logits(pic); err == nil {
				p.Predictions = m.Top(logits, top)
			} else {
				err = fmt.Errorf("%s: %w", file, err)
			}
		}
		if err != nil {
			if len(files) == 1 && !a.json {
				return err
			}
			failed++
			p.Error, p.Hint = err.Error(), advice.Of(err)
		}
		bar.add(1)
		if err := a.printPrediction(p, len(files) > 1); err != nil {
			return err
		}
		if err != nil && len(files) == 1 {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d pictures could not be classified", failed, len(files))
	}
	return nil
}

func (a *app) printPrediction(p prediction, many bool) error {
	if a.json {
		if many {
			return a.printJSONLine(p)
		}
		return a.printJSON(p)
	}
	if p.Error != "" {
		a.complain(failure{p.Error, p.Hint})
		return nil
	}
	if many {
		say(a.stdout, "%s\n", p.File)
	}
	return a.printTop(p)
}

// printTop prints classes with their probabilities, the likeliest first.
func (a *app) printTop(p prediction) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, t := range p.Predictions {
		say(w, "  %6.2f %%\t", 100*t.Prob)
		if p.MultiLabel {
			say(w, "%s\t", report.OnOff(t.Prob))
		}
		say(w, "%s\t%d\t%s\n", t.Label, t.Index, t.Synset)
	}
	return w.Flush()
}

// pictureFiles expands folders to the pictures in them.
func pictureFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		if info, err := os.Stat(arg); arg != "-" && err == nil && info.IsDir() {
			inside, err := dataset.Walk(arg)
			if err != nil {
				return nil, err
			}
			if len(inside) == 0 {
				return nil, fmt.Errorf("%s: no pictures in this folder", arg)
			}
			files = append(files, inside...)
			continue
		}
		files = append(files, arg)
	}
	return files, nil
}

// readPicture reads a picture file, or standard input for "-".
func (a *app) readPicture(file string) (*preprocess.Picture, error) {
	if file == "-" {
		return preprocess.Decode(io.Reader(a.stdin), "standard input", a.limits())
	}
	return preprocess.ReadFile(file, a.limits())
}
