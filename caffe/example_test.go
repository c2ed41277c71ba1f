package caffe_test

import (
	"bytes"
	"fmt"
	"log"

	"hoodwink/caffe"
)

// A network is defined, given weights to start from, saved and read again.
func Example() {
	d, err := caffe.Parse([]byte(`
		name: "tiny"
		layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
		layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 8 kernel_size: 5 stride: 2 } }
		layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
		layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 10 } }
		layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }`))
	if err != nil {
		log.Fatal(err)
	}
	start, err := d.RandomWeights(1)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := caffe.WriteWeights(&file, d.Name, start.Layers); err != nil {
		log.Fatal(err)
	}

	weights, err := caffe.ReadWeights(&file)
	if err != nil {
		log.Fatal(err)
	}
	net, err := d.Build(weights)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range net.Table() {
		fmt.Println(l.Name, l.Kind, l.In[0], "->", l.Out[0], l.Params)
	}
	// Output:
	// conv Convolution [1 28 28] -> [8 12 12] 208
	// relu ReLU [8 12 12] -> [8 12 12] 0
	// fc InnerProduct [8 12 12] -> [10] 11530
}
