package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"hoodwink/caffe"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// The network in Caffe's terms: three layers of fixed filters, and a trained readout.
// Dividing by the local contrast makes the network see faint things as well as strong
// ones. That is also what lets changes of a few levels fool it.
const (
	fixedLayers = `name: "sketch"
layer {
  name: "data" type: "Input" top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 64 dim: 64 } }
}
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 32 kernel_size: 5 pad: 2 bias_term: false }
}
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer {
  name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 3 stride: 2 }
}
layer {
  name: "norm1" type: "LRN" bottom: "pool1" top: "norm1"
  lrn_param { local_size: 31 alpha: 31 beta: 0.5 k: 4 }
}
layer {
  name: "conv2" type: "Convolution" bottom: "norm1" top: "conv2"
  convolution_param { num_output: 48 kernel_size: 3 pad: 1 bias_term: false }
}
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer {
  name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
  pooling_param { pool: MAX kernel_size: 3 stride: 2 }
}
layer {
  name: "conv3" type: "Convolution" bottom: "pool2" top: "conv3"
  convolution_param { num_output: 64 kernel_size: 3 pad: 1 bias_term: false }
}
layer { name: "relu3" type: "ReLU" bottom: "conv3" top: "conv3" }
layer {
  name: "pool3" type: "Pooling" bottom: "conv3" top: "pool3"
  pooling_param { pool: MAX kernel_size: 4 stride: 4 }
}
`
	flatten = `layer { name: "flat" type: "Flatten" bottom: "pool3" top: "flat" }
`
	readoutLayers = `layer {
  name: "classes" type: "InnerProduct" bottom: "pool3" top: "classes"
  inner_product_param { num_output: %d }
}
layer { name: "prob" type: "Softmax" bottom: "classes" top: "prob" }
`
)

// fixedFilters returns the filters of the three convolutions.
func fixedFilters(seed uint64) []caffe.NamedBlobs {
	rng := rand.New(rand.NewPCG(seed, 0))
	conv := func(name string, w *tensor.Tensor) caffe.NamedBlobs {
		return caffe.NamedBlobs{Name: name, Type: "Convolution", Blobs: []*tensor.Tensor{w}}
	}
	return []caffe.NamedBlobs{
		conv("conv1", waves(rng, 32, 5)),
		conv("conv2", random(rng, 48, 32, 3, 3)),
		conv("conv3", random(rng, 64, 48, 3, 3)),
	}
}

// build makes a network of a definition and its weights, by way of the bytes that
// will be in the files.
func build(definition string, layers []caffe.NamedBlobs) (*nn.Network, error) {
	def, err := caffe.Parse([]byte(definition))
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := caffe.WriteWeights(&file, "sketch", layers); err != nil {
		return nil, err
	}
	w, err := caffe.ReadWeights(&file)
	if err != nil {
		return nil, fmt.Errorf("reading back what was written: %w", err)
	}
	return def.Build(w)
}
