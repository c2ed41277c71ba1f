package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/caffe"
	"hoodwink/internal/advice"
	"hoodwink/internal/npy"
	"hoodwink/internal/pb"
	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// sumNet is a network whose results are the input's 3x4x4 values, so that they show the preparation
// of a picture.
const sumNet = `layer { name: "flat" type: "Flatten" bottom: "data" top: "fc" }`

const sumInput = `name: "sum" layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } } `

func dataLayer(phase, params string) string {
	return fmt.Sprintf(`layer { name: "db" type: "Data" top: "data" top: "label" include { phase: %s } %s } `, phase, params)
}

// sumWeights is a caffemodel of a layer that no definition has.
func sumWeights(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := caffe.WriteWeights(&b, "sum", []caffe.NamedBlobs{{Name: "unused", Blobs: []*tensor.Tensor{tensor.New(1)}}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// meanProto is a mean image with channels channels and the given side; f gives its values.
func meanProto(channels, side int, f func(c, y, x int) float32) string {
	data := make([]byte, 0, 4*channels*side*side)
	for c := range channels {
		for y := range side {
			for x := range side {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(f(c, y, x)))
			}
		}
	}
	b := pb.AppendInt(nil, 1, 1)
	b = pb.AppendInt(b, 2, int64(channels))
	b = pb.AppendInt(b, 3, int64(side))
	b = pb.AppendInt(b, 4, int64(side))
	return string(pb.AppendMessage(b, 5, data))
}

// sloped is a mean image that is nowhere the same: 100, 110, 120 for blue, green and red, and
// more to the right and below.
func sloped(c, y, x int) float32 { return float32(100 + 10*c + 2*y + x) }

func level(c, _, _ int) float32 { return float32(100 + 10*c) }

// TestPreparation: what the files of Caffe's say becomes of a picture what Caffe makes of it.
// value is what Caffe gives for the pixel v of the channel c (blue first) at y, x.
func TestPreparation(t *testing.T) {
	type value func(v float64, c, y, x int) float64
	bvlc := []float64{104.00699, 116.66877, 122.67892}
	deploy := sumInput + sumNet
	for _, tc := range []struct {
		name  string
		files map[string]string
		to    int // pictures become squares of that side before the crop; 0 for none
		value value
		note  string
	}{
		{"means", map[string]string{"train_val.prototxt": dataLayer("TEST", "transform_param { crop_size: 4 mean_value: 10 mean_value: 20 mean_value: 30 scale: 0.0078125 }") + sumNet}, 0,
			func(v float64, c, _, _ int) float64 { return (v - float64(10+10*c)) / 128 },
			`train_val.prototxt (layer "db", phase TEST) says how pictures are prepared: BGR 0 to 255, stretched to 4x4, minus the mean [10 20 30], times 0.0078125`},
		{"one mean", map[string]string{"net.prototxt": dataLayer("TEST", "transform_param { crop_size: 4 mean_value: 128 }") + sumNet}, 0,
			func(v float64, _, _, _ int) float64 { return v - 128 }, ""},
		{"nothing subtracted", map[string]string{"net.prototxt": dataLayer("TEST", "transform_param { crop_size: 4 }") + sumNet, "mean.binaryproto": meanProto(3, 7, sloped)}, 0,
			func(v float64, _, _, _ int) float64 { return v }, ""},
		{"TEST before TRAIN", map[string]string{"net.prototxt": dataLayer("TRAIN", "transform_param { crop_size: 4 scale: 9 }") + dataLayer("TEST", "transform_param { crop_size: 4 scale: 0.5 }") + sumNet}, 0,
			func(v float64, _, _, _ int) float64 { return v / 2 }, "phase TEST"},
		{"only TRAIN", map[string]string{"net.prototxt": dataLayer("TRAIN", "transform_param { crop_size: 4 scale: 0.25 }") + sumNet}, 0,
			func(v float64, _, _, _ int) float64 { return v / 4 }, "phase TRAIN"},
		{"mean image, pixel by pixel", map[string]string{
			"net.prototxt":        dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "../data/ilsvrc12/my_mean.binaryproto" scale: 0.5 }`) + sumNet,
			"my_mean.binaryproto": meanProto(3, 7, sloped)}, 7,
			func(v float64, c, y, x int) float64 { return (v - float64(sloped(c, y+1, x+1))) / 2 },
			"stretched to 7x7, of which the centre is taken (4x4), minus pixel by pixel, my_mean.binaryproto, times 0.5"},
		{"mean image of a deploy's train_val", map[string]string{"deploy.prototxt": deploy,
			"train_val.prototxt":  dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "C:\\data\\my_mean.binaryproto" }`) + sumNet,
			"solver.prototxt":     `net: "train_val.prototxt" base_lr: 0.01`,
			"my_mean.binaryproto": meanProto(3, 6, sloped)}, 6,
			func(v float64, c, y, x int) float64 { return v - float64(sloped(c, y+1, x+1)) }, "train_val.prototxt (layer"},
		{"mean image without a crop", map[string]string{"net.prototxt": dataLayer("TEST", `transform_param { mean_file: "m.binaryproto" }`) + sumNet, "m.binaryproto": meanProto(3, 4, sloped)}, 0,
			func(v float64, c, y, x int) float64 { return v - float64(sloped(c, y, x)) }, ""},
		{"flat mean image", map[string]string{"net.prototxt": dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "m.binaryproto" }`) + sumNet, "m.binaryproto": meanProto(3, 6, level)}, 6,
			func(v float64, c, _, _ int) float64 { return v - float64(100+10*c) }, "minus the means of the channels of m.binaryproto"},
		{"mean image beside a deploy", map[string]string{"deploy.prototxt": deploy, "some_mean.binaryproto": meanProto(3, 5, sloped)}, 0,
			func(v float64, c, _, _ int) float64 { return v - float64(106+10*c) }, "some_mean.binaryproto says how pictures are prepared: BGR 0 to 255, stretched to 4x4, minus the means of the channels"},
		{"the known mean, missing", map[string]string{"net.prototxt": dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "data/ilsvrc12/imagenet_mean.binaryproto" }`) + sumNet}, 0,
			func(v float64, c, _, _ int) float64 { return v - bvlc[c] }, "imagenet_mean.binaryproto that net.prototxt names is not beside the network"},
		{"another mean there", map[string]string{"net.prototxt": dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "a/b.binaryproto" }`) + sumNet, "mean.binaryproto": meanProto(3, 4, level)}, 0,
			func(v float64, c, _, _ int) float64 { return v - float64(100+10*c) }, "taking mean.binaryproto, which is"},
		{"older fields", map[string]string{"net.prototxt": `layers { name: "db" type: DATA top: "data" top: "label" data_param { crop_size: 4 scale: 0.5 mean_file: "m.binaryproto" } } layers { name: "f" type: FLATTEN bottom: "data" top: "fc" }`,
			"m.binaryproto": meanProto(3, 6, sloped)}, 6,
			func(v float64, c, y, x int) float64 { return (v - float64(sloped(c, y+1, x+1))) / 2 }, ""},
		{"resized, then cut", map[string]string{"net.prototxt": `layer { name: "db" type: "ImageData" top: "data" image_data_param { new_height: 9 new_width: 9 } transform_param { crop_size: 4 } }` + sumNet}, 9,
			func(v float64, _, _, _ int) float64 { return v }, "stretched to 9x9"},
		{"a contract goes before", map[string]string{"deploy.prototxt": deploy, "mean.binaryproto": meanProto(3, 5, sloped),
			ContractName: "name: mine\ndefinition: deploy.prototxt\nweights: sum.caffemodel\npreprocess: {preset: caffe}\n"}, 0,
			func(v float64, _, _, _ int) float64 { return v }, ""},
		{"a contract that leaves it open", map[string]string{"deploy.prototxt": deploy, "mean.binaryproto": meanProto(3, 5, sloped),
			ContractName: "name: mine\ndefinition: deploy.prototxt\nweights: sum.caffemodel\npreprocess: {scale: 1}\n"}, 0,
			func(v float64, c, _, _ int) float64 { return v/255 - float64(106+10*c) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "mine")
			testnet.Put(t, dir, tc.files)
			testnet.Put(t, dir, map[string]string{"sum.caffemodel": sumWeights(t)})
			m, err := open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(m.Notes, "\n"); !strings.Contains(notes, tc.note) {
				t.Errorf("notes %q, want %q", notes, tc.note)
			}
			side := max(tc.to, 4)
			x := tensor.New(1, 3, side, side) // of the size that the crop is taken from
			r := rand.New(rand.NewPCG(1, 2))
			for i := range x.Data {
				x.Data[i] = float32(r.IntN(256)) / 255
			}
			check := func(what string, m *Model) {
				p, err := m.Predictor(1)
				if err != nil {
					t.Fatal(err)
				}
				got, err := p.Pixels(x)
				if err != nil {
					t.Fatal(err)
				}
				from := (side - 4) / 2
				for i, v := range got {
					c, y, k := i/16, i/4%4, i%4
					pixel := 255 * float64(x.Data[((2-c)*side+from+y)*side+from+k])
					if want := tc.value(pixel, c, y, k); !(math.Abs(float64(v)-want) <= 1e-4) {
						t.Fatalf("%s: channel %d at %d,%d is %v, want %v", what, c, y, k, v, want)
					}
				}
			}
			check("opened", m)
			if tc.files[ContractName] != "" {
				return
			}
			models := t.TempDir()
			if _, err := add(addition{Name: "added", Folder: dir}, models); err != nil {
				t.Fatal(err)
			}
			again, err := open(filepath.Join(models, "added"))
			if err != nil {
				t.Fatal(err)
			}
			check("added", again)
			if err := unchanged(filepath.Join(models, "added")); err != nil {
				t.Error(err)
			}
			out := filepath.Join(t.TempDir(), "out", "exported.onnx")
			if _, err := m.Export(out, ExportOptions{}); err != nil {
				t.Fatal(err)
			}
			exported, err := open(out)
			if err != nil {
				t.Fatal(err)
			}
			check("exported", exported)
		})
	}
}

// TestGrayPreparation: a train_val whose first convolution reads one channel.
func TestGrayPreparation(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	conv := tensor.New(2, 1, 3, 3)
	conv.Data[4] = 1
	if err := caffe.WriteWeights(&b, "lenet", []caffe.NamedBlobs{{Name: "conv", Blobs: []*tensor.Tensor{conv}}}); err != nil {
		t.Fatal(err)
	}
	src := dataLayer("TEST", "transform_param { scale: 0.00390625 }") + `layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 bias_term: false } }` +
		`layer { name: "fc" type: "Pooling" bottom: "conv" top: "fc" pooling_param { pool: AVE global_pooling: true } }` +
		`layer { name: "l" type: "SigmoidCrossEntropyLoss" bottom: "fc" bottom: "label" top: "l" }`
	testnet.Put(t, dir, map[string]string{"lenet_train_test.prototxt": src, "lenet.caffemodel": b.String()})
	if _, err := open(dir); err == nil || !strings.Contains(err.Error(), "does not say how large its pictures are") {
		t.Errorf("error %v without a size", err)
	}
	m, err := add(addition{Name: "lenet", Folder: dir, Spec: preprocess.Spec{Width: 8, Height: 6}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := m.Spec
	if s.Order != "gray" || s.Scale != 255 || !slices.Equal(s.Std, []float32{256}) || s.Mean != nil || s.Width != 8 || s.Height != 6 {
		t.Errorf("contract %+v", s)
	}
	if m.Outputs != SigmoidLogits {
		t.Errorf("outputs %q, want those of a loss of sigmoids", m.Outputs)
	}
}

// TestMeanOfPython: what Caffe's Python interface keeps a mean image as.
func TestMeanOfPython(t *testing.T) {
	for _, shape := range [][]int{{3}, {3, 5, 5}, {1, 3, 5, 5}} {
		dir := t.TempDir()
		testnet.Put(t, dir, map[string]string{"deploy.prototxt": sumInput + sumNet, "sum.caffemodel": sumWeights(t)})
		data := make([]float32, tensor.Size(shape))
		for i := range data {
			data[i] = float32(50 + i*3/len(data))
		}
		if err := npy.WriteFile(filepath.Join(dir, "ilsvrc_2012_mean.npy"), shape, data); err != nil {
			t.Fatal(err)
		}
		m, err := open(dir)
		if err != nil || !slices.Equal(m.Spec.Mean, []float32{50, 51, 52}) {
			t.Errorf("%v: error %v, contract %+v", shape, err, m)
		}
	}
}

// TestBadPreparation: one clear error with a hint, and no file outside the folder is read.
func TestBadPreparation(t *testing.T) {
	named := func(mean string) string {
		return dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "`+mean+`" }`) + sumNet
	}
	test := func(params string) string { return dataLayer("TEST", "transform_param { "+params+" }") + sumNet }
	for name, tc := range map[string]struct {
		files      map[string]string
		want, hint string
	}{
		"missing":          {map[string]string{"net.prototxt": named("data/own_mean.binaryproto")}, `net.prototxt subtracts the mean image "data/own_mean.binaryproto", which is not beside it`, "put own_mean.binaryproto into"},
		"outside":          {map[string]string{"net.prototxt": named("../outside.binaryproto"), "../outside.binaryproto": meanProto(3, 4, level)}, "is not beside it", ""},
		"no name":          {map[string]string{"net.prototxt": named("data/..")}, "is not beside it", ""},
		"too small":        {map[string]string{"net.prototxt": named("m.binaryproto"), "m.binaryproto": meanProto(3, 3, level)}, "the mean image is 3x3 (height x width), smaller than the network's input of 4x4", "--mean"},
		"channels":         {map[string]string{"net.prototxt": named("m.binaryproto"), "m.binaryproto": meanProto(1, 4, level)}, "a mean image of 1 channels for a network of 3", ""},
		"damaged":          {map[string]string{"net.prototxt": named("m.binaryproto"), "m.binaryproto": "layer { }"}, "m.binaryproto: not a mean image", ""},
		"several":          {map[string]string{"deploy.prototxt": sumInput + sumNet, "a_mean.binaryproto": meanProto(3, 4, level), "b_mean.binaryproto": meanProto(3, 4, sloped)}, "several mean images (a_mean.binaryproto, b_mean.binaryproto)", "keep the one"},
		"definitions":      {map[string]string{"deploy.prototxt": sumInput + sumNet, "a.prototxt": test("crop_size: 4 scale: 2"), "b.prototxt": test("crop_size: 4 scale: 3")}, "a.prototxt and b.prototxt differ in how pictures are prepared", ContractName},
		"number of means":  {map[string]string{"net.prototxt": test("crop_size: 4 mean_value: 1 mean_value: 2")}, "subtracts 2 means from pictures of 3 channels", ""},
		"no scale":         {map[string]string{"net.prototxt": test("crop_size: 4 scale: 0")}, "a scale of 0 is not possible", ""},
		"little scale":     {map[string]string{"net.prototxt": test("crop_size: 4 scale: 1e-45")}, "which is too little", ""},
		"array of records": {map[string]string{"deploy.prototxt": sumInput + sumNet, "mean.npy": "\x93NUMPY\x01\x00\x10\x00{'descr': [('a'"}, "mean.npy", ""},
	} {
		dir := filepath.Join(t.TempDir(), "net")
		testnet.Put(t, dir, tc.files)
		testnet.Put(t, dir, map[string]string{"sum.caffemodel": sumWeights(t)})
		_, err := open(dir)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(advice.Of(err), tc.hint) {
			t.Errorf("%s: error %v, hint %q; want %q, %q", name, err, advice.Of(err), tc.want, tc.hint)
		}
	}
}

// TestMeanImageIsRegistered: a mean image is part of a model's hash.
func TestMeanImageIsRegistered(t *testing.T) {
	dir, models := t.TempDir(), t.TempDir()
	mean := filepath.Join(dir, "m.binaryproto")
	testnet.Put(t, dir, map[string]string{"net.prototxt": dataLayer("TEST", `transform_param { crop_size: 4 mean_file: "m.binaryproto" }`) + sumNet,
		"m.binaryproto": meanProto(3, 4, sloped), "sum.caffemodel": sumWeights(t)})
	if _, err := add(addition{Name: "net", Folder: dir}, models); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mean, []byte(meanProto(3, 4, func(c, y, x int) float32 { return sloped(c, x, y) })), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := open(filepath.Join(models, "net")); err == nil || !strings.Contains(err.Error(), "its files have changed") {
		t.Errorf("error %v", err)
	}
}
