package caffe

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const input = `name: "n" input: "data" input_dim: [1,4,1,1] `

// layer writes a layer that needs no parameters.
func layer(name, kind, bottoms, tops string) string {
	s := fmt.Sprintf("layer { name: %q type: %q", name, kind)
	for _, b := range strings.Fields(bottoms) {
		s += fmt.Sprintf(" bottom: %q", b)
	}
	for _, t := range strings.Fields(tops) {
		s += fmt.Sprintf(" top: %q", t)
	}
	return s + " }\n"
}

func TestResolve(t *testing.T) {
	relu, drop := layer("relu", "ReLU", "data", "a"), layer("drop", "Dropout", "a", "b")
	for name, tc := range map[string]struct {
		src    string
		nodes  []string // name: in -> out
		output string
	}{
		"in place": {
			layer("r1", "ReLU", "data", "a") + layer("r2", "TanH", "a", "a") + layer("r3", "Sigmoid", "a", "a"),
			[]string{"r1: data -> a", "r2: a -> a@r2", "r3: a@r2 -> a@r3"}, "a@r3",
		},
		"in place on the input": {
			layer("r1", "ReLU", "data", "data") + layer("r2", "TanH", "data", "out"),
			[]string{"r1: data -> data@r1", "r2: data@r1 -> out"}, "out",
		},
		"readers before and after an overwrite": {
			relu + layer("early", "TanH", "a", "e") + layer("over", "Sigmoid", "a", "a") + layer("sum", "Eltwise", "a e", "s"),
			[]string{"relu: data -> a", "early: a -> e", "over: a -> a@over", "sum: a@over e -> s"}, "s",
		},
		"dropout is a name": {
			relu + drop + layer("out", "TanH", "b", "c"),
			[]string{"relu: data -> a", "out: a -> c"}, "c",
		},
		"dropout in place": {
			relu + layer("drop", "Dropout", "a", "a") + layer("out", "TanH", "a", "c"),
			[]string{"relu: data -> a", "out: a -> c"}, "c",
		},
		"split": {
			relu + layer("split", "Split", "a", "b c") + layer("t", "TanH", "b", "b") + layer("sum", "Eltwise", "b c", "s"),
			[]string{"relu: data -> a", "t: a -> b", "sum: b a -> s"}, "s",
		},
		"final softmax": {
			relu + layer("prob", "Softmax", "a", "p"), []string{"relu: data -> a"}, "a",
		},
		"softmax in another shape": {
			relu + layer("prob", "Softmax", "a", "p") + layer("flat", "Flatten", "p", "f"),
			[]string{"relu: data -> a", "flat: a -> f"}, "f",
		},
		"softmax inside": {
			relu + layer("gate", "Softmax", "a", "g") + layer("mul", "Eltwise", "a g", "m"),
			[]string{"relu: data -> a", "gate: a -> g", "mul: a g -> m"}, "m",
		},
		"argmax behind the softmax": {
			relu + layer("prob", "Softmax", "a", "p") + layer("class", "ArgMax", "p", "c"),
			[]string{"relu: data -> a"}, "a",
		},
		"softmax beats a later result": {
			relu + layer("prob", "Softmax", "a", "p") + layer("feature", "TanH", "data", "f"),
			[]string{"relu: data -> a"}, "a",
		},
		"last result": {
			relu + layer("one", "TanH", "a", "x") + layer("two", "Sigmoid", "a", "y"),
			[]string{"relu: data -> a", "two: a -> y"}, "y",
		},
		"auxiliary heads": {
			relu + layer("aux", "TanH", "a", "x") + layer("auxloss", "SoftmaxWithLoss", "x label", "l1") +
				layer("main", "Sigmoid", "a", "y") + layer("loss", "SoftmaxWithLoss", "y label", "l2") +
				layer("top1", "Accuracy", "y label", "acc"),
			[]string{"relu: data -> a", "main: a -> y"}, "y",
		},
		"unknown layers beside the point": {
			relu + layer("novel", "Attention", "a", "x") + layer("prob", "Softmax", "a", "p") + layer("hush", "Silence", "x", ""),
			[]string{"relu: data -> a"}, "a",
		},
		"any loss": {
			relu + layer("loss", "FocalLoss", "a label", "l"), []string{"relu: data -> a"}, "a",
		},
		"one name for two layers": {
			layer("x", "ReLU", "data", "data") + layer("x", "TanH", "data", "data"),
			[]string{"x: data -> data@x", "x#2: data@x -> data@x#2"}, "data@x#2",
		},
	} {
		d, err := Parse([]byte(input + tc.src))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g, err := d.resolve()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		names := func(values []*value) string {
			var s []string
			for _, v := range values {
				s = append(s, v.name)
			}
			return strings.Join(s, " ")
		}
		for _, n := range g.nodes {
			got = append(got, n.name+": "+names(n.in)+" -> "+names(n.out))
		}
		if diff := cmp.Diff(tc.nodes, got); diff != "" || g.output.name != tc.output {
			t.Errorf("%s: output %q, want %q; -want +got\n%s", name, g.output.name, tc.output, diff)
		}
		if net, err := d.Build(nil); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := net.OutputShape(); len(got) != 1 || got[0] != 4 {
			t.Errorf("%s: output of shape %v, want (4)", name, got)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for name, tc := range map[string]struct{ src, want, hint string }{
		"cycle": {
			layer("a", "Eltwise", "data z", "x") + layer("b", "ReLU", "x", "y") + layer("c", "TanH", "y", "z"),
			`net: layer "a" (Eltwise): the graph is cyclic through the layers a <- c <- b <- a`, ""},
		"cycle of one": {layer("a", "Eltwise", "data x", "x"),
			`net: layer "a" (Eltwise): the graph is cyclic through the layers a <- a`, ""},
		"wrong order": {layer("a", "ReLU", "x", "y") + layer("b", "TanH", "data", "x"),
			`net: layer "a" (ReLU): it reads "x" before layer "b" makes it`, ""},
		"unknown blob": {layer("a", "ReLU", "dta", "y"), `net: layer "a" (ReLU): it reads "dta", which no layer makes`, ""},
		"made twice":   {layer("a", "ReLU", "data", "x") + layer("b", "TanH", "data", "x"), `net: layer "b" (TanH): it makes "x", which is made already`, ""},
		"same top":     {layer("a", "Slice", "data", "x x"), `net: layer "a" (Slice): it makes "x", which is made already`, ""},
		"unknown types": {
			layer("a", "Attention", "data", "x") + layer("b", "ReLU", "x", "y") + layer("c", "Zebra", "y", "z"),
			`net: layers of types that are not supported: "a" (Attention), "c" (Zebra)`, "supported are AbsVal, Axpy, BN, BNLL, BatchNorm, Bias,"},
		"orders to a terminal": {`layer { name: "a\033[2J" type: "b\033[2J" bottom: "data" top: "x" }`,
			`net: layers of types that are not supported: "a\x1b[2J" (b?[2J)`, ""},
		"nothing to build": {layer("top1", "Accuracy", "data label", "acc"), "net: no layer makes a result", ""},
		"only a softmax":   {layer("prob", "Softmax", "data", "p"), "net: no layer makes a result", ""},
		"two inputs": {`layer { name: "info" type: "Input" top: "info" }` + layer("sum", "Eltwise", "data info", "s"),
			`net: the result "s" depends on the inputs "data" and "info"`, ""},
		"no input": {layer("a", "Parameter", "", "w"), `net: layers of types that are not supported: "a" (Parameter: a blob that depends on no picture)`, ""},
		"input of unknown size": {
			`layer { name: "info" type: "Data" top: "info" }` + layer("a", "ReLU", "info", "s"),
			`net: the input "info" has no known shape: layer "info" (Data) does not say`, `type: "Input"`},
		"loss inside": {layer("loss", "EuclideanLoss", "data data", "l") + layer("a", "ReLU", "l", "y"),
			`net: layer "a" (ReLU): it reads "l", but layer "loss" (EuclideanLoss), which makes it, is left out`, "deploy.prototxt"},
		"two into dropout": {layer("d", "Dropout", "data data", "x"), `net: layer "d" (Dropout): it reads 2 blobs, 1 is wanted`, ""},
		"one name for two weights": {layer("s", "Scale", "data", "a") + layer("s", "Bias", "a", "b"),
			`net: layer "s" (Bias): another layer with weights has the same name`, ""},
		"many bottoms": {layer("d", "Eltwise", strings.Repeat("data ", 1025), "x"),
			`net: layer "d" (Eltwise): it has 1025 bottoms and 1 tops`, ""},
		"no bottom": {layer("a", "ReLU", "", "x"), `net: the result "x" depends on no input`, ""},
	} {
		d, err := Parse([]byte(input + tc.src))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d.File = "net"
		_, err = d.Build(nil)
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tc.want) || !strings.Contains(e.Hint(), tc.hint) {
			t.Errorf("%s: error %v, want %q with a hint of %q", name, err, tc.want, tc.hint)
		}
	}
}

func TestInputs(t *testing.T) {
	for src, want := range map[string]string{
		`layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 5 dim: 6 } } }`:                             "[3 5 6]",
		`layer { name: "d" type: "Input" top: "x" top: "data" input_param { shape { dim: 1 dim: 9 } shape { dim: 7 dim: 8 } } }`:          "[8]",
		`layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 7 mean_value: 104 } }`:                      "[3 7 7]",
		`layer { name: "d" type: "Data" top: "data" transform_param { crop_size: 7 force_gray: true } }`:                                  "[1 7 7]",
		`layer { name: "d" type: "ImageData" top: "data" image_data_param { new_height: 4 new_width: 5 } }`:                               "[3 4 5]",
		`layer { name: "d" type: "ImageData" top: "data" image_data_param { new_height: 4 new_width: 5 is_color: false crop_size: 2 } }`:  "[1 2 2]",
		`layers { name: "d" type: MEMORY_DATA top: "data" memory_data_param { batch_size: 9 channels: 2 height: 4 width: 5 } }`:           "[2 4 5]",
		`layer { name: "d" type: "DummyData" top: "data" dummy_data_param { num: 9 channels: 2 height: 4 width: 5 } }`:                    "[2 4 5]",
		`layer { name: "d" type: "DummyData" top: "x" top: "data" dummy_data_param { shape { dim: 1 dim: 2 } shape { dim: 1 dim: 3 } } }`: "[3]",

		`layer { name: "d" type: "Data" top: "data" }`:                                                    `layer "d" (Data) does not say how large its pictures are`,
		`layer { name: "d" type: "HDF5Data" top: "data" }`:                                                `layer "d" (HDF5Data) does not say`,
		`layer { name: "d" type: "DummyData" top: "data" }`:                                               `does not say how large`,
		`layer { name: "d" type: "Input" top: "data" }`:                                                   `layer "d" gives it no shape`,
		`layer { name: "d" type: "Data" top: "x" top: "data" transform_param { crop_size: 7 } }`:          `it is a label`,
		`input: "data" input_dim: [1,3,0,5]`:                                                              `the input "data" has the dimensions [1 3 0 5]: batch, channels`,
		`input: "data" input_dim: [1,-3,5,5]`:                                                             `the input "data" has the dimensions [1 -3 5 5]`,
		`input: "data" input_dim: [1,65536,65536,65536]`:                                                  `the input "data" has the dimensions`,
		`input: "data" input_dim: [1,4611686018427387904,4,1]`:                                            `the input "data" has the dimensions`,
		`input: "data" input_shape { dim: 5 }`:                                                            `the input "data" has the dimensions [5]`,
		`layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 1 } shape { dim: 2 } } }`: `has 2 shapes for 1 tops`,
	} {
		kind, bottom := "layer", `type: "Flatten"`
		if strings.HasPrefix(src, "layers") {
			kind, bottom = "layers", "type: FLATTEN"
		}
		d, err := Parse([]byte(src + kind + ` { name: "f" ` + bottom + ` bottom: "data" top: "f" }`))
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		net, err := d.Build(nil)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(net.InputShape())
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}
