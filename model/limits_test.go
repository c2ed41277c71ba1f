package model

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/advice"
	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// limitFile writes a network as an .onnx file and returns its source.
func limitFile(t *testing.T, then func(b *nn.Builder)) Source {
	t.Helper()
	b := nn.NewBuilder("limits")
	b.Input("x", 3, 8, 8)
	then(b)
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "limits.onnx")
	if err := os.WriteFile(path, testnet.ONNX(net), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Find(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// smallClassifier has results between 0 and 1, which are looked at closely.
func smallClassifier(b *nn.Builder) {
	b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{"x"}, []string{"p"})
	b.Add("fc", &nn.InnerProduct{Weights: tensor.FromSlice([]float32{.01, .02, .03, -.01, -.02, .04}, 2, 3), Bias: []float32{.5, .4}}, []string{"p"}, []string{"y"})
}

// TestTooManyClasses: an output of millions of classes is refused before anything of that size is
// made.
func TestTooManyClasses(t *testing.T) {
	s := limitFile(t, func(b *nn.Builder) {
		b.Add("tile", &nn.Tile{Repeats: []int{1, 1, 200, 200}}, []string{"x"}, []string{"w"})
		b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"w"}, []string{"y"})
	})
	_, err := s.Load(1)
	if err == nil || !strings.Contains(err.Error(), "[7680000]") || !strings.Contains(err.Error(), "1048576") || advice.Of(err) == "" {
		t.Errorf("error %v, want one about the shape and the limit, with a hint", err)
	}
}

// TestMemoryOfModel: a limit holds for every session of a model.
func TestMemoryOfModel(t *testing.T) {
	s := limitFile(t, smallClassifier)
	s.Memory = 1000
	var e *nn.MemoryError
	if _, err := s.Load(1); !errors.As(err, &e) || e.Limit != 1000 {
		t.Errorf("error %v, want a MemoryError", err)
	}
	s.Memory = 1 << 20
	m, err := s.Load(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Classifier(1<<14, 8, 8, ClassifierOptions{}); !errors.As(err, &e) || e.Batch != 1<<14 {
		t.Errorf("error %v, want a MemoryError of the batch", err)
	}
}

// TestCheckWithinMemory: a check does not take more than a session may, and says what it left out.
func TestCheckWithinMemory(t *testing.T) {
	s := limitFile(t, func(b *nn.Builder) {
		b.Add("tile", &nn.Tile{Repeats: []int{1, 1, 20, 20}}, []string{"x"}, []string{"w"})
		b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{"w"}, []string{"p"})
		b.Add("fc", &nn.InnerProduct{Weights: tensor.FromSlice([]float32{.1, .2, .3, -.1, -.2, .4}, 2, 3)}, []string{"p"}, []string{"y"})
	})
	m, err := s.Load(1)
	if err != nil {
		t.Fatal(err)
	}
	one, err := m.Network.Memory(nn.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	three, err := m.Network.Memory(nn.SessionOptions{Batch: 3, Threads: 1, ForwardOnly: true})
	if err != nil || three.Total() <= one.Total() {
		t.Fatalf("three pictures take %d bytes, one with its gradient %d, %v", three.Total(), one.Total(), err)
	}
	for limit, want := range map[int64]Level{three.Total(): Fine, three.Total() - 1: Warning} {
		s.Memory = limit
		if m, err = s.Load(1); err != nil {
			t.Fatal(err)
		}
		u, err := m.Check(context.Background(), CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(u.Findings, func(f Finding) bool { return f.Check == "batch" })
		if i < 0 || u.Findings[i].Level != want {
			t.Errorf("with %d bytes: %+v, want %v of the batch", limit, u.Findings, want)
		}
	}
}

// countdown is a context that is done after its error was asked for some times.
type countdown struct {
	context.Context
	left   int
	cancel context.CancelFunc
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		c.cancel()
		return context.Canceled
	}
	return c.Context.Err()
}

// TestLoadAndCheckStop: however far they are, Load and Check end with the context's error, and never
// with results that mean nothing.
func TestLoadAndCheckStop(t *testing.T) {
	s := limitFile(t, smallClassifier)
	m, err := s.Load(1)
	if err != nil {
		t.Fatal(err)
	}
	for what, run := range map[string]func(ctx context.Context) error{
		"Load":  func(ctx context.Context) error { s.Context = ctx; _, err := s.Load(1); return err },
		"Check": func(ctx context.Context) error { _, err := m.Check(ctx, CheckOptions{}); return err },
	} {
		stopped := 0
		for left := 0; ; left++ {
			ctx, cancel := context.WithCancel(context.Background())
			err := run(&countdown{Context: ctx, left: left, cancel: cancel})
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s stopped at question %d: %v", what, left, err)
			}
			stopped++
		}
		if stopped < 4 {
			t.Errorf("%s asks its context %d times", what, stopped)
		}
	}
}
