package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/paper"
)

func (a *app) reproducePaperCommand() *cobra.Command {
	var data, page string
	var quick bool
	c := &cobra.Command{
		Use:   "paper",
		Short: "Goodfellow, Shlens and Szegedy's experiments on MNIST",
		Long: `Train the classifiers of "Explaining and Harnessing Adversarial Examples"
(arXiv:1412.6572) on MNIST, fool them as the paper does, print published and measured
figures, and write a page with all pictures and curves. It takes some minutes.

MNIST is looked for in the folder of --data, in datasets/mnist and mnist below it, and
in the user's cache, into which it is downloaded (11.6 MB) where it is nowhere.

Ctrl-C keeps the experiments that are done. The exit code is 4 if a figure that must
match does not.`,
		Example: `  hoodwink reproduce paper
  hoodwink reproduce paper --data DATA --page paper.html
  hoodwink reproduce paper --quick                 # seconds, on a tenth of the digits`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reproducePaper(c.Context(), data, page, quick)
		},
	}
	c.Flags().StringVar(&data, "data", os.Getenv("HOODWINK_DATA"), "folder with MNIST, or with datasets/mnist/ (default $HOODWINK_DATA)")
	c.Flags().StringVarP(&page, "page", "o", "paper.html", "page to write")
	c.Flags().BoolVar(&quick, "quick", false, "a tenth of the digits and short training: the behaviour, not the figures")
	return c
}

func (a *app) reproducePaper(ctx context.Context, data, path string, quick bool) error {
	if err := wantPage("page", path); err != nil {
		return err
	}
	if err := hoodwink.CheckOutputs(append(dataInputs("mnist"), data), path); err != nil {
		return err
	}
	dir, err := a.fetchMNIST(ctx, data)
	if err != nil {
		return err
	}
	s, err := paper.NewStudy(dir, quick)
	if err != nil {
		return err
	}
	s.Threads = a.threads
	w := a.watch()
	s.Observe = w.observe
	page, err := s.Run(ctx, w.done)
	w.stop()
	return a.publish(page, path, paper.Count, err)
}

func (a *app) reproduceDogCommand() *cobra.Command {
	var page string
	var quick bool
	c := &cobra.Command{
		Use:   "dog",
		Short: "why you cannot fool a dog: networks that have seen ever more dogs",
		Long: `Train networks on the sketchbook's drawings with as many dogs as of anything else,
three times and ten times as many, and find the smallest perturbation that turns a dog
into a tennis ball for each. No data is needed. It takes a minute or two.`,
		Example: `  hoodwink reproduce dog --page dog.html
  hoodwink reproduce dog --quick                   # seconds, with fewer drawings`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := wantPage("page", page); err != nil {
				return err
			}
			if err := hoodwink.CheckOutputs(nil, page); err != nil {
				return err
			}
			w := a.watch()
			k := &paper.Kennel{Threads: a.threads, Quick: quick, Observe: w.observe}
			result, err := k.Run(c.Context(), w.done)
			w.stop()
			return a.publish(result, page, paper.DogCount, err)
		},
	}
	c.Flags().StringVarP(&page, "page", "o", "dog.html", "page to write")
	c.Flags().BoolVar(&quick, "quick", false, "fewer drawings and short training: the behaviour, not the figures")
	return c
}

// fetchMNIST returns the folder of MNIST in a folder of data or the user's cache, and downloads it
// if it is nowhere.
func (a *app) fetchMNIST(ctx context.Context, data string) (string, error) {
	p := a.newPull("MNIST")
	defer p.stop()
	return dataset.FetchMNIST(ctx, data, p.progress)
}

// A watch shows a bar for the present task, and how many experiments are done.
type watch struct {
	a    *app
	what string
	n    int
	bar  *bar
}

func (a *app) watch() *watch { return &watch{a: a, bar: &bar{}, n: 1} }

// observe records that done of total units of the task what are finished.
func (w *watch) observe(what string, done, total int) {
	if what != w.what {
		w.bar.stop()
		w.what, w.bar = what, w.a.progress(fmt.Sprintf("experiment %d: %s", w.n, what), total)
	}
	w.bar.set(int64(done))
}

// done records that n experiments are finished.
func (w *watch) done(n int) {
	w.stop()
	w.n, w.what = n+1, ""
}

func (w *watch) stop() { w.bar.stop() }
