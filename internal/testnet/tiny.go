package testnet

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/caffe"
	"hoodwink/tensor"
)

// TinyPrototxt is a Caffe network of 5 classes for pictures of 8 x 6 (width x height).
const TinyPrototxt = `name: "tiny"
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 10 dim: 3 dim: 6 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 5 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
`

// TinyLabels names its classes.
const TinyLabels = "cat\ndog\ngiant panda, panda\nlesser panda, panda\nvulture\n"

// TinyWeights returns a caffemodel for TinyPrototxt.
func TinyWeights(t testing.TB, seed uint64) []byte {
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

// Put writes files, named by their paths in dir.
func Put(t testing.TB, dir string, files map[string]string) {
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

// TinyFolder makes a folder "tinynet" with the tiny network and its labels.
func TinyFolder(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tinynet")
	Put(t, dir, map[string]string{"deploy.prototxt": TinyPrototxt, "tiny.caffemodel": string(TinyWeights(t, 1)), "labels.txt": TinyLabels})
	return dir
}
