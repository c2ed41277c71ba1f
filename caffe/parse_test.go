package caffe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// summary lists a definition's layers as "name Type bottoms -> tops".
func summary(d *Definition) []string {
	var out []string
	for _, l := range d.layers {
		out = append(out, fmt.Sprintf("%s %s %v -> %v", l.GetName(), l.GetType(), l.Bottom, l.Top))
	}
	return out
}

func TestParseSpellings(t *testing.T) {
	want := []string{"data Input [] -> [data]", "conv1 Convolution [data] -> [conv1]", "relu1 ReLU [conv1] -> [conv1]"}
	const v1 = `
		layers { name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1" blobs_lr: 1 weight_decay: 0
			convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "gaussian" std: 0.01 } engine: CUDNN } }
		layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }`
	const v2 = `
		layer { name: 'conv1' type: 'Convolution' bottom: 'data' top: 'conv1' param { lr_mult: 1 }
			convolution_param { num_output: 8 kernel_size: 3 dilation: 1; } }
		layer { name: "relu1" type: "ReLU" bottom: ["conv1"], top: ["conv1"] }`
	for name, src := range map[string]string{
		"input_dim":        `name: "n" input: "data" input_dim: 10 input_dim: 3 input_dim: 8 input_dim: 9` + v1,
		"input_shape":      `name: "n" input: "data" input_shape { dim: 10 dim: 3 dim: 8 dim: 9 }` + v2,
		"list":             `name: "n" input: "data" input_dim: [10, 3, 8, 9]` + v2,
		"layer":            `name: "n" layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: [10, 3, 8, 9] } } }` + v2,
		"byte order mark":  "\uFEFF# a comment with a { in it\r\n" + `name: "n" input: "data" input_dim: [10,3,8,9]` + v1,
		"unknown messages": `name: "n" force_backward: true novel { a { b: "}" } } input: "data" input_dim: [10,3,8,9]` + v1,
	} {
		d, err := Parse([]byte(src))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, summary(d)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		if got, err := kinds["Input"].dims(d.layers[0], 0); err != nil || fmt.Sprint(got) != "[10 3 8 9]" {
			t.Errorf("%s: input of shape %v, error %v", name, got, err)
		}
		if p := d.layers[1].GetConvolutionParam(); p.GetNumOutput() != 8 || d.Name != "n" {
			t.Errorf("%s: network %q with %d outputs, want n with 8", name, d.Name, p.GetNumOutput())
		}
	}
}

func TestPhases(t *testing.T) {
	for rules, want := range map[string]bool{
		"":                         true,
		"include { phase: TEST }":  true,
		"include { phase: TRAIN }": false,
		"include { phase: TRAIN } include { phase: TEST }":              true,
		"exclude { phase: TEST }":                                       false,
		"exclude { phase: TRAIN }":                                      true,
		"exclude { phase: TEST stage: \"deploy\" }":                     false,
		"exclude { phase: TEST stage: \"val\" }":                        true,
		"include { stage: \"deploy\" }":                                 true,
		"include { stage: \"deploy\" stage: \"val\" }":                  false,
		"include { not_stage: \"deploy\" }":                             false,
		"include { not_stage: \"val\" }":                                true,
		"include { min_level: 2 }":                                      true,
		"include { min_level: 3 }":                                      false,
		"include { max_level: 2 }":                                      true,
		"include { max_level: 1 }":                                      false,
		"phase: TRAIN":                                                  true,
		"include {}":                                                    true,
		"exclude {}":                                                    false,
		"include { phase: TEST min_level: 3 } include { max_level: 9 }": true,
	} {
		src := `state { phase: TRAIN level: 2 stage: "deploy" } input: "data" input_dim: [1,1,2,2]
			layer { name: "x" type: "ReLU" bottom: "data" top: "x" ` + rules + ` }`
		d, err := Parse([]byte(src))
		if err != nil {
			t.Fatalf("%s: %v", rules, err)
		}
		if got := len(d.layers) == 2; got != want {
			t.Errorf("%q: included %v, want %v", rules, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const data = `input: "data" input_dim: [1,1,2,2] `
	for name, tc := range map[string]struct{ src, want, hint string }{
		"empty":       {"", "net.prototxt: the file is empty", "deploy.prototxt"},
		"comments":    {"# nothing\n", "net.prototxt: it defines no layers", "deploy.prototxt"},
		"solver":      {"net: \"train_val.prototxt\"\nbase_lr: 0.01", "net.prototxt: it defines no layers", "solver"},
		"binary":      {"\x0a\x03net\x00\x01", "net.prototxt: it is binary", "wrong way round"},
		"syntax":      {"name: \"n\"\nlayer {\n  name: }\n", "net.prototxt:3:9: syntax error", ""},
		"unclosed":    {"name: \"n\"\nlayer {\n  name: \"x\"\n", "net.prototxt:4:1: ", ""},
		"wrong value": {"name: \"n\"\nlayer { name: \"x\"\n  convolution_param { num_output: -1 } }", "net.prototxt:3:35: invalid value for uint32 type: -1", ""},
		"twice":       {"layer { name: \"x\" name: \"y\" }", "net.prototxt:1:19: ", ""},
		"v2 type in v1": {data + "\nlayers { type: \"ReLU\" }", `net.prototxt:2:16: invalid value for enum type: "ReLU"`,
			"type: CONVOLUTION in a layers { }"},
		"v1 type in v2": {data + "\nlayer {\n type: RELU }", `net.prototxt:3:8: invalid value for string type: RELU`,
			`type: "Convolution" in a layer { }`},
		"novel enum":      {data + "\nlayers { type: ATTENTION }", "net.prototxt:2:16: invalid value for enum type: ATTENTION", ""},
		"both":            {data + `layer { name: "a" } layers { name: "b" }`, "1 layers spelled `layers` and 1 spelled `layer`", "one of the two"},
		"2013":            {`layers { layer { name: "conv1" type: "conv" } bottom: "data" }`, `layer "conv1": it is spelled as in 2013`, "upgrade_net_proto_text"},
		"input_dim":       {`input: "data" input_dim: [1,3,8] layer { name: "a" }`, "it has 3 input_dim for 1 input", ""},
		"input_shape":     {`input: "a" input: "b" input_shape { dim: 1 } layer { name: "a" }`, "it has 1 input_shape for 2 input", ""},
		"both shapes":     {data + `input_shape { dim: 1 } layer { name: "a" }`, "both input_shape and input_dim", ""},
		"rules":           {`layer { name: "a" type: "ReLU" include { phase: TEST } exclude { phase: TEST } }`, `layer "a" (ReLU): it has both include and exclude`, ""},
		"deep":            {strings.Repeat("a {\n", 1000), "net.prototxt:65:1: messages are nested more than 64 deep", ""},
		"deep lists":      {strings.Repeat("a [", 1e5), "nested more than 64 deep", ""},
		"invalid unicode": {"name: \"\xff\"", "net.prototxt:1:", ""},
		"large":           {strings.Repeat("# a large file\n", 150000), "are more than a prototxt may have", ""},
	} {
		path := filepath.Join(t.TempDir(), "net.prototxt")
		if err := os.WriteFile(path, []byte(tc.src), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ParseFile(path)
		var e *Error
		if !errors.As(err, &e) || e.File != path {
			t.Errorf("%s: error %v does not name the file", name, err)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || !strings.Contains(e.Hint(), tc.hint) {
			t.Errorf("%s: error %q with the hint %q, want %q and %q", name, err, e.Hint(), tc.want, tc.hint)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.prototxt")
	if _, err := Load(missing, missing); !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), missing) != 1 {
		t.Errorf("error %q: want one that names the missing file once", err)
	}
}
