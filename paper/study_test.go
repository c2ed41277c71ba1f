package paper

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/report"
)

// verdicts counts the verdicts of a page.
func verdicts(page *report.ArticlePage) map[report.Verdict]int {
	n := map[report.Verdict]int{}
	for _, e := range page.Experiments {
		for _, r := range e.Rows {
			n[r.Verdict]++
		}
	}
	return n
}

// TestQuickStudy runs all experiments on a part of MNIST.
func TestQuickStudy(t *testing.T) {
	dir, ok := dataset.FindMNIST(os.Getenv("HOODWINK_DATA"))
	if !ok {
		t.Skip("HOODWINK_DATA has no MNIST: the paper's experiments are not run")
	}
	s, err := NewStudy(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	observed := map[string]bool{}
	s.Observe = func(what string, done, total int) {
		if done < 0 || done > total {
			t.Errorf("%s: %d of %d", what, done, total)
		}
		observed[what] = true
	}
	page, err := s.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Experiments) != Count {
		t.Errorf("%d experiments, want %d", len(page.Experiments), Count)
	}
	for _, f := range page.Failures() {
		t.Error(f)
	}
	n := verdicts(page)
	if n[report.Skipped] > 0 || n[report.Match] < 5 || n[report.BehaviourReproduced] < 12 {
		t.Errorf("verdicts %v", n)
	}
	if len(observed) < 8 {
		t.Errorf("only %d pieces of work were observed: %v", len(observed), observed)
	}
	if err := page.Encode(io.Discard); err != nil {
		t.Error(err)
	}
}

// TestInterruptedStudy keeps what was done before the end.
func TestInterruptedStudy(t *testing.T) {
	dir, ok := dataset.FindMNIST(os.Getenv("HOODWINK_DATA"))
	if !ok {
		t.Skip("HOODWINK_DATA has no MNIST: the paper's experiments are not run")
	}
	s, err := NewStudy(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	page, err := s.Run(ctx, func(done int) {
		if done == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || page == nil || len(page.Experiments) != 1 {
		t.Fatalf("%v, page %+v", err, page)
	}
	if err := page.Encode(&bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

func TestStudyWithoutDigits(t *testing.T) {
	if _, err := NewStudy(t.TempDir(), true); err == nil || !strings.Contains(err.Error(), "train-images") {
		t.Errorf("an empty folder: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"} {
		if err := os.WriteFile(filepath.Join(dir, name+".gz"), []byte("no digits"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewStudy(dir, true); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("rubbish in the files: %v", err)
	}
}

// TestQuickKennel runs the experiment with the dogs, which needs no data.
func TestQuickKennel(t *testing.T) {
	k := &Kennel{Quick: true}
	page, err := k.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Experiments) != DogCount || len(page.Experiments[0].Rows) != 3 {
		t.Fatalf("%d experiments: %+v", len(page.Experiments), page.Experiments)
	}
	for _, s := range k.schools {
		if len(s.networks) != 1 || !(s.share > 0 && s.share < 1) {
			t.Errorf("%d networks, share %g", len(s.networks), s.share)
		}
	}
	if a, b := k.schools[0].share, k.schools[2].share; !(a < b) {
		t.Errorf("the dogs' share goes from %g to %g", a, b)
	}
	if err := page.Encode(io.Discard); err != nil {
		t.Error(err)
	}
}
