package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
)

// A drawing is one picture of the sketchbook; draw prints them as JSON.
type drawing struct {
	Class int    `json:"class"`
	Label string `json:"label"`
	Seed  uint64 `json:"seed"`
}

// A drawAnswer is the JSON of draw.
type drawAnswer struct {
	Output   string    `json:"output"`
	Size     int       `json:"size"` // side of one drawing in pixels
	Drawings []drawing `json:"drawings"`
}

// maxDrawings bounds a contact sheet, maxSheet its pixels.
const (
	maxDrawings = 256
	maxSheet    = 64 << 20
)

func (a *app) drawCommand() *cobra.Command {
	var size, count int
	var seed uint64
	var output string
	c := &cobra.Command{
		Use:   "draw CLASS|all",
		Short: "draw a picture from the sketchbook, or a contact sheet",
		Long: `Draw a picture of the sketchbook, whose drawings the embedded network was trained
on: ` + strings.Join(dataset.SketchClasses(), ", ") + `.

Pose, colours, place and light follow from the seed, and the same seed gives the same
bytes on every machine. With "all", or --count, a contact sheet is written; the
drawings of one class then have the seeds --seed, --seed + 1, and so on.`,
		Example: `  hoodwink draw "giant panda" --size 512 -o panda.png
  hoodwink draw dog --count 12 --seed 7
  hoodwink draw all --size 128 -o cast.png`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(dataset.SketchClasses(), "all"), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			drawings, err := chooseDrawings(args[0], seed, count)
			if err != nil {
				return err
			}
			if output == "" {
				output = hoodwink.Dashed(strings.ToLower(args[0])) + ".png"
			}
			if err := wantPNG("output", output); err != nil {
				return err
			}
			if size < dataset.MinSketchSize || size > dataset.MaxSketchSize {
				return usageError("", "--size %d: want %d to %d", size, dataset.MinSketchSize, dataset.MaxSketchSize)
			}
			if len(drawings) > 1 && len(drawings)*size*size > maxSheet {
				return usageError("ask for smaller or fewer drawings", "%d drawings of %d pixels a side are more than %d million pixels", len(drawings), size, maxSheet>>20)
			}
			if err := hoodwink.CheckOutputs(nil, output); err != nil {
				return err
			}
			return a.draw(c.Context(), drawAnswer{output, size, drawings})
		},
	}
	f := c.Flags()
	f.IntVar(&size, "size", 256, "side of a drawing in pixels")
	f.IntVarP(&count, "count", "n", 1, "how many drawings of each class")
	f.Uint64Var(&seed, "seed", 1, "seed of the first drawing")
	f.StringVarP(&output, "output", "o", "", "PNG to write (default: the class's name)")
	return c
}

// chooseDrawings returns count drawings of the class named, or of each class if the name is "all".
func chooseDrawings(name string, seed uint64, count int) ([]drawing, error) {
	names := dataset.SketchClasses()
	first, end := 0, len(names)
	if name != "all" {
		labels, err := model.ParseLabels([]byte(strings.Join(names, "\n")))
		if err != nil {
			return nil, err
		}
		class, err := labels.Resolve(name)
		if err != nil {
			return nil, usageError("", "%w", err)
		}
		first, end = class.Index, class.Index+1
	}
	if most := maxDrawings / (end - first); count < 1 || count > most {
		return nil, usageError("", "--count %d: want 1 to %d", count, most)
	}
	var out []drawing
	for class := first; class < end; class++ {
		for i := range count {
			out = append(out, drawing{class, names[class], seed + uint64(i)})
		}
	}
	return out, nil
}

func (a *app) draw(ctx context.Context, ans drawAnswer) error {
	write := a.writeSheet
	if len(ans.Drawings) == 1 {
		write = a.writeDrawing
	}
	if err := write(ctx, ans); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(ans)
	}
	what := ans.Drawings[0].Label
	if n := len(ans.Drawings); n > 1 {
		what = fmt.Sprintf("%d drawings", n)
	}
	say(a.stdout, "%s, written to %s\n", what, ans.Output)
	return nil
}

// writeDrawing writes one drawing; the file says how it was made.
func (a *app) writeDrawing(_ context.Context, ans drawAnswer) error {
	d := ans.Drawings[0]
	x, err := dataset.Draw(d.Class, d.Seed, ans.Size)
	if err != nil {
		return err
	}
	return preprocess.WritePNG(ans.Output, x, []preprocess.Text{
		{Key: "Software", Value: "hoodwink " + version},
		{Key: "Title", Value: fmt.Sprintf("%s, drawn with seed %d", d.Label, d.Seed)},
	})
}

// writeSheet writes a contact sheet: a row for each class, or a square if there is one class or one
// drawing of each.
func (a *app) writeSheet(ctx context.Context, ans drawAnswer) error {
	n := len(ans.Drawings)
	sheet := report.Montage{Side: max(ans.Size, 64)}
	if each := n / len(dataset.SketchClasses()); ans.Drawings[0].Class != ans.Drawings[n-1].Class && each > 1 {
		sheet.Columns = each
	} else {
		for sheet.Columns*sheet.Columns < n {
			sheet.Columns++
		}
	}
	bar := a.progress("drawing", n)
	defer bar.stop()
	for _, d := range ans.Drawings {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x, err := dataset.Draw(d.Class, d.Seed, ans.Size)
		if err != nil {
			return err
		}
		picture, err := report.Picture(x)
		if err != nil {
			return err
		}
		sheet.Tiles = append(sheet.Tiles, report.Tile{Picture: picture, Title: d.Label, Detail: fmt.Sprintf("seed %d", d.Seed)})
		bar.add(1)
	}
	img, err := sheet.Image()
	if err != nil {
		return err
	}
	return report.WriteImage(ans.Output, img)
}
