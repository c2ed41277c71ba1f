package caffe

import (
	"bytes"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/proto"

	"hoodwink/internal/pb"
	"hoodwink/nn"
)

// definitions are seeds for the fuzzers: every kind, both spellings, and mistakes.
func definitions() []string {
	smallSource, _ := small()
	var list []string
	for _, c := range valueCases() {
		list = append(list, c.source())
	}
	return append(list,
		smallSource,
		alexNet(false).String()[:900]+" }",
		`name: "v1" input: "data" input_dim: [1,3,8,8]
			layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 3 group: 1 } }
			layers { name: "n" type: LRN bottom: "c" top: "n" lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL } }
			layers { name: "p" type: POOLING bottom: "n" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 } }
			layers { name: "f" type: INNER_PRODUCT bottom: "p" top: "f" inner_product_param { num_output: 5 transpose: true } }
			layers { name: "l" type: SOFTMAX_LOSS bottom: "f" bottom: "label" }`,
		input+layer("s", "Slice", "data", "a b")+layer("a", "PReLU", "a", "a")+layer("e", "Eltwise", "a b", "e")+
			layer("c", "Concat", "e b", "c")+layer("p", "Power", "c", "c")+layer("prob", "Softmax", "c", "prob"),
		input+`layer { name: "r" type: "Reshape" bottom: "data" top: "r" reshape_param { shape { dim: 0 dim: 2 dim: -1 } axis: 0 } }`+
			`layer { name: "f" type: "Flatten" bottom: "r" top: "f" flatten_param { axis: 1 end_axis: -1 } }`,
		input+layer("a", "Eltwise", "data z", "x")+layer("b", "ReLU", "x", "z"),
		input+`layer { name: "p" type: "Pooling" bottom: "data" top: "p" pooling_param { global_pooling: true } include { phase: TEST } }`,
		`input: "data" input_dim: [1,1,1,65000] layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 60000 kernel_size: 1 pad: 60000 } }`,
		"layer { a { b { c: [1, { d <> }] } } }",
		`layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST } transform_param { crop_size: 4 mean_value: 3 scale: 0.5 } }`+
			layer("r", "ReLU", "data", "r")+layer("l", "SigmoidCrossEntropyLoss", "r label", "l"),
	)
}

// FuzzParse: no text makes the parser panic, and errors say something.
func FuzzParse(f *testing.F) {
	for _, s := range definitions() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if len(d.layers) == 0 {
			t.Error("a definition without layers")
		}
	})
}

// FuzzBuild: what parses is built, or refused, within bounds, and what is built can
// run backward and forward if it is small.
func FuzzBuild(f *testing.F) {
	for _, s := range definitions() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src)
		if err != nil {
			return
		}
		d.Build(nil)
		w, err := d.randomWeights(1, 1<<16)
		if err != nil {
			return
		}
		net, err := d.Build(w)
		if err != nil {
			t.Fatalf("weights made for a definition do not fit it: %v", err)
		}
		total := int64(0)
		for _, r := range net.Table() {
			total += r.MACs
			for _, s := range append(r.In, r.Out...) {
				n := int64(1)
				for _, d := range s {
					n *= int64(d)
				}
				total += n
			}
		}
		if total > 1<<18 {
			return
		}
		s, err := net.NewSession(nn.SessionOptions{Threads: 1})
		if err != nil {
			return
		}
		s.Backward(s.Forward())
	})
}

// FuzzReadWeights: no bytes make the reader panic; it agrees with itself whether it
// knows the size or not, with the protobuf library, and with the writer.
func FuzzReadWeights(f *testing.F) {
	for _, src := range encodings(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		w, err := ReadWeights(bytes.NewReader(src))
		again, err2 := ReadWeights(iotest.OneByteReader(bytes.NewReader(src)))
		if (err == nil) != (err2 == nil) {
			t.Fatalf("with a known size the error is %v, without %v", err, err2)
		}
		if err != nil {
			return
		}
		same := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(w, again, same); diff != "" {
			t.Fatalf("known and unknown size differ:\n%s", diff)
		}
		var net pb.NetParameter
		if err := proto.Unmarshal(src, &net); err == nil && len(net.Layers) == 0 {
			var names []string
			for _, l := range net.Layer {
				if len(l.Blobs) > 0 {
					names = append(names, l.GetName())
				}
			}
			var got []string
			for _, l := range w.Layers {
				got = append(got, l.Name)
			}
			if !slices.Equal(names, got) {
				t.Fatalf("layers %q, the protobuf library reads %q", got, names)
			}
		}
		var b bytes.Buffer
		if WriteWeights(&b, w.Name, w.Layers) != nil || len(w.Layers) == 0 {
			return // NaN, say, or no name
		}
		back, err := ReadWeights(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.Layers, back.Layers, same); diff != "" {
			t.Fatalf("what was written reads differently:\n%s", diff)
		}
	})
}
