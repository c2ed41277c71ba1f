package hoodwink

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/report"
)

// TestMeasure: areas, shares and medians of three attacks on five pictures, worked out by hand.
func TestMeasure(t *testing.T) {
	shots := func(sizes ...float64) (list []BenchShot) {
		for i, v := range sizes {
			s := BenchShot{Picture: i, Forwards: 10, Backwards: 4, Seconds: 0.5}
			if v >= 0 {
				s.Size = &v
			}
			list = append(list, s)
		}
		return list
	}
	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := BenchRequest{Model: m, First: 5, Attacks: []attack.Attack{attacks.FGSM{}, attacks.PGD{}, attacks.BIM{}}}
	b := r.measure([][]BenchShot{
		shots(0, 1, 2, 3, 9), // best: 0 1 1 3 4; limit 4
		shots(0, 2, 1, -1, 4),
		shots(0, -1, -1, -1, -1),
	})
	if b.Right != 4 || b.Limit != 4 {
		t.Fatalf("%d right, limit %g", b.Right, b.Limit)
	}
	for i, want := range []struct {
		name                     string
		optimality, fooled, best float64
	}{
		{"fgsm", 1 - (10.-9)/(16-9), 1, 0.5},      // area 1+2+3+4
		{"pgd", 1 - (11.-9)/(16-9), 0.75, 2. / 4}, // 2+1+4+4
		{"bim", 0, 0, 0},
	} {
		got := b.Attacks[i]
		if got.Attack != want.name || math.Abs(got.Optimality-want.optimality) > 1e-12 || got.Fooled != want.fooled || got.Best != want.best {
			t.Errorf("row %d is %+v, want %+v", i, got, want)
		}
		if got.Forwards != 10 || got.Backwards != 4 || got.Seconds != 0.5 {
			t.Errorf("passes of %s: %+v", got.Attack, got)
		}
	}
	if m := b.Attacks[0].Median; m == nil || *m != 2.5 {
		t.Errorf("the median is %v, want 2.5", m)
	}
	if b.Attacks[2].Median != nil || b.Attacks[1].Sizes[3] != -1 {
		t.Errorf("%+v", b.Attacks)
	}
}

// TestBenchAttacks: a run that is ended goes on where it was, with the same figures, keeps its passes, and takes
// an attack more; another seed is refused.
func TestBenchAttacks(t *testing.T) {
	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := dataset.Open("sketchbook", dataset.OpenOptions{Size: m.Spec.Height, Examples: 10, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r := BenchRequest{
		Model: m, Data: "sketchbook", Pictures: parts.Test, First: 4, Norm: attack.L2, Passes: 30, Batch: 2,
		Attacks: []attack.Attack{attacks.FGSM{}, attacks.DDN{}}, Dir: filepath.Join(t.TempDir(), "bench"),
	}
	run := func(ctx context.Context, r BenchRequest) (*report.AttackBench, []BenchShot, error) {
		var shots []BenchShot
		b, err := BenchAttacks(ctx, r, func(s BenchShot) { shots = append(shots, s) })
		return b, shots, err
	}
	whole := r
	whole.Dir += "-whole"
	want, shots, err := run(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shots {
		if n := s.Forwards + s.Backwards; n > 30 || s.Outside > 0 || s.Error != "" {
			t.Errorf("%+v: want at most 30 passes", s)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	if _, err := BenchAttacks(ctx, r, func(BenchShot) {
		if n++; n == 3 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	path := filepath.Join(r.Dir, journalName)
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(have, `{"attack":"ddn","pict`...), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := run(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range got.Attacks {
		b := want.Attacks[i]
		if a.Attack != b.Attack || a.Optimality != b.Optimality || a.Fooled != b.Fooled || a.Forwards != b.Forwards {
			t.Errorf("after going on %+v, in one run %+v", a, b)
		}
	}
	r.Attacks = append(r.Attacks, attacks.BIM{})
	if more, shots, err := run(t.Context(), r); err != nil || len(more.Attacks) != 3 || len(shots) != 12 {
		t.Errorf("with an attack more: %v, %d shots", err, len(shots))
	}
	r.Seed = 7
	var other *JournalError
	if _, _, err := run(t.Context(), r); !errors.As(err, &other) {
		t.Errorf("another seed: %v", err)
	}
	r.Attacks = nil
	if _, _, err := run(t.Context(), r); err == nil {
		t.Error("no attack is taken")
	}
}
