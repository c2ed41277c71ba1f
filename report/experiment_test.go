package report_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"hoodwink/report"
)

func TestRunKeepsWhatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	steps := []report.Step{
		{Title: "figures", Run: func(_ context.Context, e *report.Experiment) error {
			e.Must("near", 1, 1.5, 0.5)
			e.Must("far", 1, 1.51, 0.5)
			e.Demand("holds", "", "yes", true, "")
			e.Demand("does not", "", "no", false, "")
			e.Behaves("alike", "", "", true, "")
			e.Behaves("not alike", "", "", false, "")
			e.Record("anything", "", "1", "")
			return nil
		}},
		{Title: "parts", Run: func(_ context.Context, e *report.Experiment) error {
			return e.Parts(
				report.Part{Name: "first", Run: func() error { return report.Missing{What: "photo"} }},
				report.Part{Name: "second", Run: func() error { e.Record("second", "", "done", ""); return nil }})
		}},
		{Title: "interrupted", Run: func(ctx context.Context, _ *report.Experiment) error { cancel(); return ctx.Err() }},
		{Title: "never", Run: func(context.Context, *report.Experiment) error { t.Error("a step ran after the end"); return nil }},
	}
	var page report.ArticlePage
	var done []int
	if err := page.Run(ctx, steps, func(n int) { done = append(done, n) }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(done, []int{1, 2}) || len(page.Experiments) != 2 {
		t.Fatalf("progress %v, %d experiments on the page", done, len(page.Experiments))
	}
	var verdicts []report.Verdict
	for _, e := range page.Experiments {
		for _, r := range e.Rows {
			verdicts = append(verdicts, r.Verdict)
		}
	}
	want := []report.Verdict{report.Match, report.MustMatchFailed, report.Match, report.MustMatchFailed, report.BehaviourReproduced,
		report.Recorded, report.Recorded, report.Skipped, report.Recorded}
	if !slices.Equal(verdicts, want) {
		t.Errorf("verdicts %q, want %q", verdicts, want)
	}
	if f := page.Failures(); len(f) != 2 {
		t.Errorf("failures %q", f)
	}
}

func TestRunNamesTheExperiment(t *testing.T) {
	boom := errors.New("no")
	err := new(report.ArticlePage).Run(context.Background(), []report.Step{{Title: "first", Run: func(context.Context, *report.Experiment) error { return boom }}}, nil)
	if !errors.Is(err, boom) || err.Error() != "experiment 1 (first): no" {
		t.Errorf("error %v", err)
	}
}
