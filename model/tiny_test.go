package model

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/caffe"
	"hoodwink/tensor"
)

// tinyPrototxt is a network of 5 classes for pictures of 8 x 6 (width x height).
const tinyPrototxt = `name: "tiny"
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 10 dim: 3 dim: 6 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 5 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
`

const tinyLabels = "cat\ndog\ngiant panda, panda\nlesser panda, panda\nvulture\n"

// tinyWeights returns a caffemodel for tinyPrototxt.
func tinyWeights(t testing.TB, seed uint64) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	random := func(scale float32, shape ...int) *tensor.Tensor {
		x := tensor.New(shape...)
		for i := range x.Data {
			x.Data[i] = scale * float32(rng.NormFloat64())
		}
		return x
	}
	var b bytes.Buffer
	err := caffe.WriteWeights(&b, "tiny", []caffe.NamedBlobs{
		{Name: "conv", Type: "Convolution", Blobs: []*tensor.Tensor{random(0.002, 4, 3, 3, 3), random(0.5, 4)}},
		{Name: "fc", Type: "InnerProduct", Blobs: []*tensor.Tensor{random(0.2, 5, 4*4*6), random(0.2, 5)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// put writes files, named by their paths in dir.
func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tinyFolder makes a folder with the tiny network and its labels.
func tinyFolder(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tinynet")
	put(t, dir, map[string]string{"deploy.prototxt": tinyPrototxt, "tiny.caffemodel": string(tinyWeights(t, 1)), "labels.txt": tinyLabels})
	return dir
}

// openTiny opens the tiny network.
func openTiny(t testing.TB) *Model {
	t.Helper()
	m, err := Open(tinyFolder(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// isolated makes the test independent of the models folders of the user.
func isolated(t testing.TB) {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		cache := t.TempDir()
		t.Setenv(Environment, "")
		t.Setenv("XDG_CACHE_HOME", cache) // Linux
		t.Setenv("HOME", cache)           // macOS
		t.Setenv("LocalAppData", cache)   // Windows
	}
}

// realModels returns the folder of real models, or skips the test.
func realModels(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Environment)
	if dir == "" {
		t.Skip(Environment + " is not set: it names a folder with bvlc_googlenet and squeezenet_v1.1")
	}
	return dir
}
