package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/nn"
)

// resumeOptions are options with all that a checkpoint must carry.
func resumeOptions(path string) RunOptions {
	return RunOptions{Epochs: 5, Batch: 16, Rate: 0.01, Seed: 7, Checkpoint: path, Test: blobs(30, 2),
		Optimizer: OptimizerOptions{Method: AdamW, WeightDecay: 0.01}, Schedule: Schedule{Shape: Cosine, WarmUp: .1}, Smoothing: .05,
		Augment: Augment{Shift: 1, Flip: true, Rotate: 10, Brightness: .1}, Adversarial: Adversarial{Defence: Free, Eps: .05, Steps: 2}}
}

// Training that was interrupted and resumed ends in the same bytes.
func TestResumeSameBytes(t *testing.T) {
	data := blobs(100, 1)
	for name, arch := range map[string]ArchOptions{"resnet": {Width: 4}, "maxout": {Width: 8, Dropout: .3}} {
		whole := filepath.Join(t.TempDir(), "whole")
		want := must(t, draft(t, name, arch), data, resumeOptions(whole))
		parted := filepath.Join(t.TempDir(), "parted")
		for stop := range 4 { // once in every epoch from the second on
			ctx, cancel := context.WithCancel(context.Background())
			o := resumeOptions(parted)
			o.Resume = stop > 0
			o.OnStep = func(s StepReport) {
				if s.Epoch == stop+2 && s.Step == 3 {
					cancel()
				}
			}
			if _, err := Run(ctx, draft(t, name, arch), data, o); !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: interrupted in epoch %d: %v", name, stop+2, err)
			}
		}
		o := resumeOptions(parted)
		o.Resume, o.Threads = true, 1
		got := must(t, draft(t, name, arch), data, o)
		a, errA := os.ReadFile(whole)
		b, errB := os.ReadFile(parted)
		if errA != nil || errB != nil || !bytes.Equal(a, b) || !slices.Equal(got.Epochs, want.Epochs) {
			t.Errorf("%s: resumed training ends elsewhere: %v, %v", name, got.Epochs, want.Epochs)
		}
		again := must(t, draft(t, name, arch), data, o) // nothing is left to do
		if !slices.Equal(again.Epochs, want.Epochs) {
			t.Errorf("%s: resuming what is done gives %v", name, again.Epochs)
		}
	}
}

func TestCheckpointRefused(t *testing.T) {
	data := blobs(60, 1)
	path := filepath.Join(t.TempDir(), "checkpoint")
	o := RunOptions{Epochs: 2, Batch: 20, Checkpoint: path, Note: []byte(`{"a":"<1>"}`)}
	must(t, draft(t, "linear", ArchOptions{}), data, o)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := ReadCheckpoint(path)
	if err != nil || len(h.Epochs) != 2 || !strings.Contains(string(h.Note), "1") {
		t.Errorf("header %+v, %v", h, err)
	}
	o.Resume = true
	flip := func(at int) []byte {
		b := slices.Clone(whole)
		b[at] ^= 0x10
		return b
	}
	huge := slices.Clone(whole)
	copy(huge[len(checkpointMagic):], "\xff\xff\xff\xff")
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":       {nil, "ends early"},
		"other file":  {bytes.Repeat([]byte("x"), 100), "it begins with"},
		"truncated":   {whole[:len(whole)-40], "ends early"},
		"no sum":      {whole[:len(whole)-32], "checksum"},
		"longer":      {append(slices.Clone(whole), 0), "checksum"},
		"changed":     {flip(len(whole) - 100), "checksum"},
		"huge header": {huge, "header of 4294967295 bytes"},
		"no JSON":     {flip(len(checkpointMagic) + 4), "JSON"},
		"NaN":         {append(whole[:len(whole)-36:len(whole)-36], append([]byte{0, 0, 0xc0, 0x7f}, whole[len(whole)-32:]...)...), "NaN"},
	} {
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Run(context.Background(), draft(t, "linear", ArchOptions{}), data, o)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q and the path", name, err, c.want)
		}
	}
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(o *RunOptions, net **nn.Network, data *dataset.Set){
		"rate is 0.05 there, and 0.1 here": func(o *RunOptions, _ **nn.Network, _ *dataset.Set) { o.Rate = .1 },
		"pictures is 60 there":             func(_ *RunOptions, _ **nn.Network, d *dataset.Set) { d.Labels = d.Labels[:59] },
		"another network":                  func(_ *RunOptions, n **nn.Network, _ *dataset.Set) { *n = draft(t, "rbf", ArchOptions{}) },
	} {
		o, net, d := o, draft(t, "linear", ArchOptions{}), *data
		change(&o, &net, &d)
		if _, err := Run(context.Background(), net, &d, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	o.Checkpoint = filepath.Join(t.TempDir(), "none")
	if _, err := Run(context.Background(), draft(t, "linear", ArchOptions{}), data, o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no checkpoint: %v", err)
	}
}

func FuzzReadCheckpoint(f *testing.F) {
	f.Add([]byte(checkpointMagic + "\x02\x00\x00\x00{}"))
	f.Add([]byte(checkpointMagic + "\xff\xff\xff\x00{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := readHeader(bytes.NewReader(data)); (h == nil) == (err == nil) {
			t.Fatal("neither a header nor an error")
		}
	})
}
