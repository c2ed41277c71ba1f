// Command gen makes the network that is built into hoodwink: it fixes the filters,
// trains the readout on drawings, and writes the definition, the weights and the class
// names. It takes some two minutes. The same sources give the same bytes on the same kind
// of processor; others may round the last bits of a weight differently.
//
//	go run ./gen [-o DIR]
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"strings"

	"hoodwink/caffe"
	"hoodwink/dataset"
	"hoodwink/internal/atomicfile"
	"hoodwink/tensor"
	"hoodwink/train"
)

// Book 1 is for training and book 2 for the figure that gen prints. The test of the
// committed network looks at other books.
const (
	trainingBook, trainingPictures = 1, 16000
	checkBook, checkPictures       = 2, 2000
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	dir := flag.String("o", ".", "folder to write to")
	flag.Parse()
	if err := run(*dir); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	classes := dataset.SketchClasses()
	filters := fixedFilters(1)
	eye, err := build(fixedLayers+flatten, filters)
	if err != nil {
		return err
	}
	features, labels, err := evaluate(eye, dataset.Sketchbook{Seed: trainingBook}, trainingPictures)
	if err != nil {
		return err
	}
	readout, err := fit(features, labels, len(classes), train.Options{Epochs: 25, LearningRate: 0.003, Momentum: 0.9, L2: 0.001, Seed: 1})
	if err != nil {
		return err
	}
	log.Printf("%d training drawings, %d features: error rate %.2f %%", len(labels), features.Shape[1], 100*readout.ErrorRate(features, labels))

	layers := append(filters, caffe.NamedBlobs{Name: "classes", Type: "InnerProduct",
		Blobs: []*tensor.Tensor{readout.Weights, tensor.FromSlice(readout.Bias, len(classes))}})
	definition := fixedLayers + fmt.Sprintf(readoutLayers, len(classes))
	net, err := build(definition, layers)
	if err != nil {
		return err
	}
	logits, labels, err := evaluate(net, dataset.Sketchbook{Seed: checkBook}, checkPictures)
	if err != nil {
		return err
	}
	wrong := 0
	for n, k := range labels {
		if tensor.Argmax(logits.Image(n)) != k {
			wrong++
		}
	}
	log.Printf("%d fresh drawings: error rate %.2f %%", len(labels), 100*float64(wrong)/float64(len(labels)))

	for name, write := range map[string]func(io.Writer) error{
		"deploy.prototxt":   text(definition),
		"sketch.caffemodel": func(w io.Writer) error { return caffe.WriteWeights(w, "sketch", layers) },
		"labels.txt":        text(strings.Join(classes, "\n") + "\n"),
	} {
		if err := atomicfile.Write(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}
