package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"hoodwink/attack"
	"hoodwink/internal/kernel"
)

// A crooked attack leaves the ball.
type crooked struct{}

func (crooked) Info() attack.Info {
	return attack.Info{Name: "crooked", Norms: []attack.Norm{attack.Linf}, Access: attack.Scores}
}

func (crooked) Attack(t *attack.Trial) {
	v := t.New()
	for i, x := range t.X {
		v[i] = 1 - x
	}
	t.Score(v, nil)
}

// ranSelftest runs the command with a registry, and returns what it prints and its exit code.
func ranSelftest(ctx context.Context, all attack.Registry, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	a := &app{ctx: ctx, stdout: &out, stderr: &errs, terminal: &errs}
	root := &cobra.Command{Use: "hoodwink", SilenceErrors: true, SilenceUsage: true}
	root.PersistentFlags().BoolVar(&a.json, "json", false, "")
	root.AddCommand(a.selftestCommand(all))
	root.SetArgs(append([]string{"selftest"}, args...))
	code = a.report(root.ExecuteContext(ctx))
	return out.String(), errs.String(), code
}

// TestSelftestFails: a check that fails is named, and so it is in JSON, and ends with the exit code 4.
func TestSelftestFails(t *testing.T) {
	all := attack.Registry{crooked{}}
	out, errs, code := ranSelftest(t.Context(), all, "crooked")
	if code != exitMismatch || !strings.Contains(errs, "checks failed") || strings.Contains(out, "passed in") ||
		!strings.Contains(out, "\ncrooked: ball in linf, floats: picture 0") || !strings.Contains(out, "\ncrooked: mask in linf, 16 levels: ") {
		t.Errorf("exit code %d\n%s\n%s", code, errs, out)
	}
	out, errs, code = ranSelftest(t.Context(), all, "crooked", "--json")
	var s selftest
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	checks, failed := s.count()
	if code != exitMismatch || s.Passed || len(s.Attacks) != 1 || failed == 0 || failed == checks || !strings.HasPrefix(errs, `{"error":`) {
		t.Errorf("exit code %d, %d of %d failed, %+v\n%s", code, failed, checks, s.Attacks, errs)
	}
	ball := s.Attacks[0].Properties[0]
	if ball.Name != "ball" || ball.Failed != 3 || len(ball.Failures) != 3 || ball.Failures[1].Levels != 16 {
		t.Errorf("%+v", ball)
	}
}

// TestSelftestInterrupted: a run that is interrupted says so, and prints no table.
func TestSelftestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, _, code := ranSelftest(ctx, attack.Registry{crooked{}}); code != exitInterrupted || out != "" {
		t.Errorf("exit code %d, %q", code, out)
	}
}

// TestCheckKernels: kernels that give other bits are named; afterwards the same are in use as before.
func TestCheckKernels(t *testing.T) {
	active, last := kernel.Active, len(kernel.Available())-1
	calls := 0
	list, err := checkKernels(t.Context(), func(context.Context) ([]float32, error) {
		if kernel.Active != kernel.Available()[calls] {
			t.Errorf("the kernels %s are asked", kernel.Active.Name)
		}
		calls++
		return []float32{1, 2, float32(calls / (last + 1))}, nil
	})
	if err != nil || len(list) != last+1 || kernel.Active != active {
		t.Fatalf("%v, %d checks, %s in use", err, len(list), kernel.Active.Name)
	}
	for i, k := range list {
		wrong := i == last && last > 0
		if k.Passed == wrong || wrong != strings.Contains(k.Error, "value 2 of 3 is 1, and 0 in plain Go") || k.Active != (k.Name == active.Name) {
			t.Errorf("%+v", k)
		}
	}
	bad := errors.New("no network")
	_, err = checkKernels(t.Context(), func(context.Context) ([]float32, error) { return nil, bad })
	if !errors.Is(err, bad) || kernel.Active != active {
		t.Errorf("%v, %s in use", err, kernel.Active.Name)
	}
}
