package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/caffe"
	"hoodwink/dataset"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// smallPrototxt is a Caffe network for pictures of 8 x 8, without trained weights.
const smallPrototxt = `name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "classes" type: "InnerProduct" bottom: "conv" top: "classes" inner_product_param { num_output: 5 } }
`

// smallWeights returns weights for smallPrototxt.
func smallWeights(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	err := caffe.WriteWeights(&b, "small", []caffe.NamedBlobs{
		{Name: "conv", Type: "Convolution", Blobs: []*tensor.Tensor{tensor.New(4, 3, 3, 3), tensor.New(4)}},
		{Name: "classes", Type: "InnerProduct", Blobs: []*tensor.Tensor{tensor.New(5, 4*6*6), tensor.New(5)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBadModels: every way in which a model's files can be wrong gives one error that
// names the file, and no output.
func TestBadModels(t *testing.T) {
	definition, weights := []byte(smallPrototxt), smallWeights(t)
	x, err := dataset.Draw(0, 1, 64)
	if err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "panda.png")
	if err := preprocess.WritePNG(picture, x, nil); err != nil {
		t.Fatal(err)
	}
	nan := append([]byte(nil), weights...)
	copy(nan[len(nan)/2:], "\xff\xff\xff\xff\xff\xff\xff\xff") // a NaN wherever the numbers begin
	edit := func(old, new string) []byte {
		if !bytes.Contains(definition, []byte(old)) {
			t.Fatalf("the definition has no %q to replace", old)
		}
		return bytes.Replace(definition, []byte(old), []byte(new), 1)
	}
	for name, c := range map[string]struct {
		definition, weights []byte
		want                string
	}{
		"truncated weights": {definition, weights[:len(weights)*2/3], "net.caffemodel"},
		"empty weights":     {definition, nil, "net.caffemodel"},
		"weights are text":  {definition, definition, "net.caffemodel"},
		"NaN weights":       {definition, nan, "NaN"},
		"wrong blob size":   {edit("num_output: ", "num_output: 1"), weights, "shape"},
		"unknown layer":     {edit(`"ReLU"`, `"Sparkle"`), weights, "Sparkle"},
		"cyclic graph":      {edit(`bottom: "data"`, `bottom: "classes"`), weights, "net.prototxt"},
		"not a definition":  {[]byte("hello world {"), weights, "net.prototxt"},
		"empty definition":  {nil, weights, "net.prototxt"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, b := range map[string][]byte{"net.prototxt": c.definition, "net.caffemodel": c.weights} {
				if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			out := filepath.Join(t.TempDir(), "out.png")
			var stdout, stderr bytes.Buffer
			code := run([]string{"fool", picture, "--model", dir, "--as", "1", "-o", out}, nil, &stdout, &stderr)
			if code != exitFailure || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "error:") != 1 {
				t.Errorf("exit code %d, want %d and %q in\n%s", code, exitFailure, c.want, stderr.String())
			}
			if _, err := os.Stat(out); err == nil || stdout.Len() > 0 {
				t.Errorf("something was written: %s", stdout.String())
			}
		})
	}
	t.Run("missing weights", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "net.prototxt"), definition, 0o644); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if code := run([]string{"predict", picture, "--model", dir}, nil, &stdout, &stderr); code != exitFailure || !strings.Contains(stderr.String(), "caffemodel") {
			t.Errorf("exit code %d\n%s", code, stderr.String())
		}
	})
}
