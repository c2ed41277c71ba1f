package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"hoodwink/caffe"
	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
	"hoodwink/train"
)

const body = `name: "sketch"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 64 dim: 64 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" convolution_param { num_output: 32 kernel_size: 7 stride: 2 pad: 3 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2" convolution_param { num_output: 64 kernel_size: 3 pad: 1 } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "conv3" type: "Convolution" bottom: "pool2" top: "conv3" convolution_param { num_output: 96 kernel_size: 3 pad: 1 group: 4 } }
layer { name: "relu3" type: "ReLU" bottom: "conv3" top: "conv3" }
layer { name: "pool3" type: "Pooling" bottom: "conv3" top: "pool3" pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
`

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func features(net *nn.Network, book dataset.Sketchbook, first, n int) (*tensor.Tensor, []int) {
	const b = 20
	s := must(net.NewSession(nn.SessionOptions{Batch: b, ForwardOnly: true}))
	var out *tensor.Tensor
	labels := make([]int, n)
	for i := 0; i < n; i += b {
		if err := book.Batch(s.Input(), labels[i:i+b], uint64(first+i)); err != nil {
			panic(err)
		}
		for j, v := range s.Input().Data {
			s.Input().Data[j] = (v - .5) / .25
		}
		f := s.Forward()
		if out == nil {
			out = tensor.New(n, f.Len()/b)
		}
		copy(out.Data[i*f.Len()/b:], f.Data)
	}
	return out, labels
}

func main() {
	t0 := time.Now()
	rng := rand.New(rand.NewPCG(1, 1))
	zeros := func(n int) *tensor.Tensor { return tensor.New(n) }
	layers := []caffe.NamedBlobs{
		{Name: "conv1", Type: "Convolution", Blobs: []*tensor.Tensor{gabor(32, 7, rng), zeros(32)}},
		{Name: "conv2", Type: "Convolution", Blobs: []*tensor.Tensor{random(rng, 64, 32, 3, 3), zeros(64)}},
		{Name: "conv3", Type: "Convolution", Blobs: []*tensor.Tensor{random(rng, 96, 16, 3, 3), zeros(96)}},
	}
	var buf bytes.Buffer
	if err := caffe.WriteWeights(&buf, "sketch", layers); err != nil {
		panic(err)
	}
	def := must(caffe.Parse([]byte(body)))
	net := must(def.Build(must(caffe.ReadWeights(&buf))))
	x, y := features(net, dataset.Sketchbook{Seed: 1}, 0, 6000)
	fx, fy := features(net, dataset.Sketchbook{Seed: 2}, 0, 2000)
	fmt.Println(x.Shape, buf.Len(), time.Since(t0))
	d := x.Shape[1]
	for j := range d {
		var s, q float64
		for n := range x.Shape[0] {
			v := float64(x.Data[n*d+j])
			s += v
			q += v * v
		}
		m := s / 6000
		sd := math.Sqrt(q/6000-m*m) + 1e-6
		for _, t := range []*tensor.Tensor{x, fx} {
			for n := range t.Shape[0] {
				t.Data[n*d+j] = float32((float64(t.Data[n*d+j]) - m) / sd)
			}
		}
	}
	for _, o := range []train.Options{{LearningRate: .01, Momentum: .9, Epochs: 20, L2: 1e-3}, {LearningRate: .003, Momentum: .9, Epochs: 20, L2: 1e-2}, {LearningRate: .003, Momentum: .9, Epochs: 20, L2: 1e-1}} {
		l := must(train.Softmax(context.Background(), x, y, 10, o))
		fmt.Println(o, l.ErrorRate(x, y), l.ErrorRate(fx, fy), time.Since(t0))
	}
}
