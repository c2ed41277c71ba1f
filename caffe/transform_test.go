package caffe

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"hoodwink/internal/pb"
	"hoodwink/tensor"
)

// TestTransform: what data layers of every spelling say, TEST before TRAIN.
func TestTransform(t *testing.T) {
	const rest = ` layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 3 } }`
	const data = `layer { name: "d" type: "Data" top: "data" top: "label" `
	for _, tc := range []struct {
		name, src string
		want      *Transform
	}{
		{"none", `input: "data" input_dim: [1,3,4,4]` + rest, nil},
		{"bare", data + `}` + rest, &Transform{Layer: "d", Phase: "TEST", Scale: 1}},
		{"all", data + `transform_param { crop_size: 227 mean_file: "data/a.binaryproto" scale: 0.5 mirror: true force_gray: true } }` + rest,
			&Transform{Layer: "d", Phase: "TEST", Crop: 227, MeanFile: "data/a.binaryproto", Scale: 0.5, Mirror: true, Gray: true}},
		{"means", data + `transform_param { mean_value: 104 mean_value: 117 mean_value: 123 } }` + rest,
			&Transform{Layer: "d", Phase: "TEST", Scale: 1, Mean: []float32{104, 117, 123}}},
		{"TEST first", data + `include { phase: TRAIN } transform_param { crop_size: 8 scale: 2 } }` + data +
			`include { phase: TEST } transform_param { crop_size: 9 scale: 3 } }` + rest, &Transform{Layer: "d", Phase: "TEST", Crop: 9, Scale: 3}},
		{"only TRAIN", data + `include { phase: TRAIN } transform_param { crop_size: 8 scale: 2 } }` + rest, &Transform{Layer: "d", Phase: "TRAIN", Crop: 8, Scale: 2}},
		{"older fields", data + `data_param { scale: 0.25 mean_file: "m" crop_size: 5 mirror: true } }` + rest,
			&Transform{Layer: "d", Phase: "TEST", Scale: .25, MeanFile: "m", Crop: 5, Mirror: true}},
		{"V1", `layers { name: "d" type: DATA top: "data" top: "label" data_param { scale: 0.25 crop_size: 5 } transform_param { mean_value: 7 } }
			layers { name: "fc" type: INNER_PRODUCT bottom: "data" top: "fc" inner_product_param { num_output: 3 } }`,
			&Transform{Layer: "d", Phase: "TEST", Scale: .25, Crop: 5, Mean: []float32{7}}},
		{"V1 images", `layers { name: "d" type: IMAGE_DATA top: "data" image_data_param { new_height: 30 new_width: 40 crop_size: 20 mean_file: "m" is_color: false } }
			layers { name: "fc" type: INNER_PRODUCT bottom: "data" top: "fc" inner_product_param { num_output: 3 } }`,
			&Transform{Layer: "d", Phase: "TEST", Scale: 1, Crop: 20, MeanFile: "m", Height: 30, Width: 40, Gray: true}},
		{"windows", `layer { name: "d" type: "WindowData" top: "data" window_data_param { scale: 0.25 crop_size: 5 mean_file: "m" } }` + rest,
			&Transform{Layer: "d", Phase: "TEST", Scale: .25, Crop: 5, MeanFile: "m"}},
		{"annotated", `layer { name: "d" type: "AnnotatedData" top: "data" transform_param { resize_param { height: 30 width: 40 } } }` + rest,
			&Transform{Layer: "d", Phase: "TEST", Scale: 1, Height: 30, Width: 40}},
		{"the input's", `layer { name: "e" type: "Data" top: "other" }` + data + `}` + rest, &Transform{Layer: "d", Phase: "TEST", Scale: 1}},
	} {
		d, err := Parse([]byte(tc.src))
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		got, err := d.Transform("data")
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, -want +got\n%s", tc.name, err, diff)
		}
	}
	for src, want := range map[string]string{
		`mean_file: "m" mean_value: 3`:    "both a mean_file and a mean_value",
		`force_gray: true force_color: 1`: "both force_gray and force_color",
		`scale: 0`:                        "a scale of 0 is not possible",
		`scale: -1`:                       "a scale of -1 is not possible",
		`scale: inf`:                      "a scale of +Inf is not possible",
		`mean_value: nan`:                 "a mean_value of NaN",
		`crop_size: 4294967295`:           "pictures of 4294967295 pixels a side are too large",
	} {
		d, err := Parse([]byte(data + `transform_param { ` + src + ` } }` + rest))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Transform("data"); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `layer "d" (Data)`) {
			t.Errorf("%s: error %v, want %q", src, err, want)
		}
	}
}

// TestDataInput: a data layer becomes the input, of the size that it says or is told, with as
// many channels as the weights read.
func TestDataInput(t *testing.T) {
	const conv = ` layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 bias_term: false group: 1 } }
		layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: AVE global_pooling: true } }
		layer { name: "l" type: "SoftmaxWithLoss" bottom: "p" bottom: "label" top: "l" }
		layer { name: "a" type: "Accuracy" bottom: "p" bottom: "label" top: "a" include { phase: TEST } }`
	for _, tc := range []struct {
		name, src string
		channels  int
		side      int
		want      []int
	}{
		{"crop", `layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 9 } }`, 3, 0, []int{3, 9, 9}},
		{"gray by its weights", `layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 9 } }`, 1, 0, []int{1, 9, 9}},
		{"told", `layer { name: "d" type: "Data" top: "data" top: "label" }`, 1, 7, []int{1, 7, 7}},
		{"the crop counts", `layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 9 } }`, 3, 7, []int{3, 9, 9}},
		{"for training alone", `layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 9 } include { phase: TRAIN } }`, 3, 0, []int{3, 9, 9}},
		{"input without a size", `layer { name: "d" type: "Input" top: "data" } layer { name: "e" type: "Input" top: "label" }`, 1, 7, []int{1, 7, 7}},
	} {
		d, err := Parse([]byte(tc.src + conv))
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		d.Height, d.Width = tc.side, tc.side
		net, err := d.Build(&Weights{Layers: []NamedBlobs{{"c", "Convolution", []*tensor.Tensor{counted(0, 2, tc.channels, 3, 3)}}}})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if got := net.InputShape(); !slices.Equal(got, tc.want) {
			t.Errorf("%s: input %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestEnds: what a loss or an ArgMax says of the result.
func TestEnds(t *testing.T) {
	for src, tc := range map[string]struct {
		sigmoids bool
		note     string
	}{
		layer("l", "SoftmaxWithLoss", "fc fc", "l"):                       {},
		layer("l", "SigmoidCrossEntropyLoss", "fc fc", "l"):               {sigmoids: true},
		layer("p", "Softmax", "fc", "p") + layer("a", "ArgMax", "p", "a"): {note: `the layer "a" (ArgMax), which gives the number of a class and no scores, is left out`},
	} {
		d, err := Parse([]byte(input + layer("fc", "ReLU", "data", "fc") + src))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Build(nil); err != nil || d.Sigmoids != tc.sigmoids || strings.Join(d.Notes, "") != tc.note {
			t.Errorf("%s: error %v, sigmoids %v, notes %q", src, err, d.Sigmoids, d.Notes)
		}
	}
}

// meanBytes is a mean image as Caffe writes it.
func meanBytes(t testing.TB, values []float32, dims ...int64) []byte {
	t.Helper()
	b := &pb.BlobProto{Data: values}
	for i, to := range []**int64{&b.Num, &b.Channels, &b.Height, &b.Width} {
		*to = proto.Int64(dims[i])
	}
	out, err := proto.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadMean(t *testing.T) {
	got, err := ReadMean(bytes.NewReader(meanBytes(t, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 1, 3, 2, 2)))
	if err != nil || !slices.Equal(got.Shape, []int{3, 2, 2}) || got.Data[11] != 12 {
		t.Errorf("%v, error %v", got, err)
	}
	nan := float32(math.NaN())
	for name, tc := range map[string]struct {
		src  []byte
		want string
	}{
		"empty":       {nil, "it holds no values"},
		"text":        {[]byte("layer { }"), "not a mean image"},
		"wrong shape": {meanBytes(t, []float32{1, 2}, 1, 3, 2, 2), "has the shape (1,3,2,2) but 2 values"},
		"NaN":         {meanBytes(t, []float32{nan}, 1, 1, 1, 1), "the value NaN at index 0"},
		"several":     {meanBytes(t, []float32{1, 2}, 2, 1, 1, 1), "channels, height and width are wanted"},
		"cut off":     {meanBytes(t, []float32{1, 2, 3, 4}, 1, 1, 2, 2)[:15], "not a mean image"},
	} {
		if _, err := ReadMean(bytes.NewReader(tc.src)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}

// FuzzReadMean: no bytes make the reader panic, and what it gives is an image.
func FuzzReadMean(f *testing.F) {
	f.Add(meanBytes(f, []float32{1, 2, 3}, 1, 3, 1, 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := ReadMean(bytes.NewReader(src))
		if err == nil && (len(m.Shape) != 3 || m.Len() == 0 || tensor.Size(m.Shape) != m.Len()) {
			t.Errorf("an image of shape %v with %d values", m.Shape, m.Len())
		}
	})
}
