package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/article"
	"hoodwink/model/store"
	"hoodwink/report"
)

func (a *app) reproduceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "reproduce",
		Short: "repeat published experiments and compare the figures",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("there are 'hoodwink reproduce article', 'paper' and 'dog'", "nothing named %q can be reproduced", args[0])
			}
			return c.Help()
		},
	}
	c.AddCommand(a.reproduceArticleCommand(), a.reproducePaperCommand(), a.reproduceDogCommand())
	return c
}

func (a *app) reproduceArticleCommand() *cobra.Command {
	var data, page string
	c := &cobra.Command{
		Use:   "article",
		Short: "every experiment of the article, on your machine",
		Long: `Do every experiment of "How to trick a neural network into thinking a panda is a
vulture" with GoogLeNet, print published and measured figures, and write a page with
all pictures and curves. Experiments whose photos or digits are missing are skipped
and say so. The exit code is 4 if a figure that must match does not.`,
		Example: `  hoodwink reproduce article --data DATA --page article.html`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reproduceArticle(c.Context(), data, page)
		},
	}
	c.Flags().StringVar(&data, "data", os.Getenv("HOODWINK_DATA"), "folder with images/ and datasets/mnist/ (default $HOODWINK_DATA)")
	c.Flags().StringVarP(&page, "page", "o", "article.html", "page to write")
	return c
}

func (a *app) reproduceArticle(ctx context.Context, data, path string) error {
	if err := wantPage("page", path); err != nil {
		return err
	}
	name := a.modelName
	if name == "" {
		name = "googlenet"
	}
	m, err := store.Open(name, a.modelOptions())
	if err != nil {
		return err
	}
	nb, err := article.NewNotebook(m, data, a.threads)
	if err != nil {
		return err
	}
	if err := hoodwink.CheckOutputs(append(m.Files(), data), path); err != nil {
		return err
	}
	b := a.progress("experiments", article.Count)
	page, err := nb.Run(ctx, func(done int) { b.set(int64(done)) })
	b.stop()
	return a.publish(page, path, article.Count, err)
}

// publish writes and prints a page of experiments, out of count, and returns the error with which
// the program ends. err is the error that ended the experiments.
func (a *app) publish(page *report.ArticlePage, path string, count int, err error) error {
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	page.Command = hoodwink.CommandLine(os.Args[1:]...)
	page.Settings = append(page.Settings, report.Setting{Name: "hoodwink", Value: version})
	if err := page.Write(path); err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(page)
	} else {
		err = a.printArticle(page, path)
	}
	if interrupted {
		a.note("interrupted after %d of %d experiments; they are on the page", len(page.Experiments), count)
		return quietError(exitInterrupted)
	}
	if err == nil && len(page.Failures()) > 0 {
		return quietError(exitMismatch)
	}
	return err
}

// printArticle prints the columns published, measured and verdict.
func (a *app) printArticle(page *report.ArticlePage, path string) error {
	for _, e := range page.Experiments {
		say(a.stdout, "%s. %s\n", e.Number, e.Title)
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, r := range e.Rows {
			measured := r.Measured
			if r.Verdict == report.Skipped {
				measured = r.Note
			}
			say(w, "   %s\t%s\t%s\t%s\n", r.Name, orDash(r.Published), orDash(measured), r.Verdict)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, f := range page.Failures() {
		say(a.stdout, "must match and does not: %s\n", f)
	}
	say(a.stdout, "page %s\n", filepath.ToSlash(path))
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
