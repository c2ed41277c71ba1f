package lab

import (
	"context"
	"os"
	"path/filepath"

	"hoodwink/article"
	"hoodwink/dataset"
	"hoodwink/internal/npy"
	"hoodwink/tensor"
	"hoodwink/train"
)

// The story's linear classifier is trained at first use, in seconds, and kept in the lab's folder:
// one row for each class, its weights and then its bias.

func (l *Lab) templatesPath() string { return filepath.Join(l.o.Dir, "story", "templates.npy") }

// templatesShape is that of the weights of all classes.
var templatesShape = []int{len(dataset.SketchClasses()), 3, article.TemplateSide, article.TemplateSide}

// templates returns the classifier, nil if it has not been trained or its file is damaged.
func (l *Lab) templates() *train.Linear {
	shape, data, err := npy.ReadFile(l.templatesPath())
	c := tensor.New(templatesShape...)
	k, n := templatesShape[0], len(c.Image(0))
	if err != nil || len(shape) != 2 || shape[0] != k || shape[1] != n+1 {
		return nil
	}
	w := &train.Linear{Weights: c, Bias: make([]float32, k)}
	for i := range k {
		row := data[i*(n+1):][:n+1]
		copy(c.Image(i), row)
		w.Bias[i] = row[n]
	}
	return w
}

// keepTemplates writes the classifier for templates to read.
func (l *Lab) keepTemplates(w *train.Linear) error {
	if err := os.MkdirAll(filepath.Dir(l.templatesPath()), 0o700); err != nil {
		return err
	}
	var rows []float32
	for i, b := range w.Bias {
		rows = append(append(rows, w.Weights.Image(i)...), b)
	}
	return npy.WriteFile(l.templatesPath(), []int{w.Classes(), len(rows) / w.Classes()}, rows)
}

// learnTemplates begins to train the classifier, or finds the task that does.
func (l *Lab) learnTemplates() (*Task, error) {
	return l.begin("templates", func(ctx context.Context, report func(Progress)) error {
		release, err := l.job(ctx, storyBytes)
		if err != nil {
			return err
		}
		defer release()
		w, err := article.TrainTemplates(ctx, article.TemplateDrawings, func(epoch, of int) {
			report(Progress{Done: int64(epoch), Total: int64(of)})
		})
		if err != nil {
			return err
		}
		return l.keepTemplates(w)
	})
}
