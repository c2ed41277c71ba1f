package model

import (
	"embed"
	"io/fs"

	"hoodwink/preprocess"
)

//go:embed sketch/deploy.prototxt sketch/sketch.caffemodel sketch/labels.txt
var sketchFiles embed.FS

func init() {
	files, err := fs.Sub(sketchFiles, "sketch")
	if err != nil {
		panic(err)
	}
	register(row{
		name:       "sketch",
		title:      "hoodwink's own, 16 classes of drawings, 64x64",
		license:    "Apache-2.0",
		definition: File{Name: "deploy.prototxt"},
		weights:    File{Name: "sketch.caffemodel"},
		labels:     File{Name: "labels.txt"},
		// As in sketch/gen, which trains with it.
		spec: preprocess.Spec{
			Preset: "sketch", Width: 64, Height: 64, Resize: preprocess.Stretch, Antialias: true,
			Order: "RGB", Scale: 1, Mean: []float32{0.5, 0.5, 0.5}, Std: []float32{0.25, 0.25, 0.25},
		},
		answer:   []answer{{14, 0.997643}, {6, 0.002137}, {9, 0.000201}, {2, 0.000014}, {8, 0.000003}},
		embedded: files,
	})
}
