package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// An onnxNet is a network to be written: input, then a matrix product with weights
// (values of a picture, classes) and a bias, then operators on one value each.
type onnxNet struct {
	input    []int
	classes  int
	scale    float64  // of the weights
	then     []string // operators
	external string   // file of the weights; "" for inside
	dims     []int    // of the file's input, 0 for any; nil for one picture
	more     []string // outputs before the last value: flat, v0, v1, ...
	typ      int      // of the input, by ONNX's number; 0 is float
	rounds   bool     // its scores are rounded
}

func bytesField(b []byte, num protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
}

func intField(b []byte, num protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

// files returns the file's contents and those of its weights file, nil if it has none.
func (n onnxNet) files(seed uint64) (model, data []byte) {
	rng := rand.New(rand.NewPCG(seed, 3))
	values := tensor.Size(n.input)
	raw := func(count int, scale float64) (b []byte) {
		for range count {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(scale*rng.NormFloat64())))
		}
		return b
	}
	initializer := func(name string, raw []byte, dims ...int) []byte {
		var b []byte
		for _, d := range dims {
			b = intField(b, 1, d)
		}
		b = bytesField(intField(b, 2, 1), 8, []byte(name))
		if n.external == "" {
			return bytesField(b, 9, raw)
		}
		for _, e := range [][2]string{{"location", n.external}, {"offset", fmt.Sprint(len(data))}, {"length", fmt.Sprint(len(raw))}} {
			b = bytesField(b, 13, bytesField(bytesField(nil, 1, []byte(e[0])), 2, []byte(e[1])))
		}
		data = append(data, raw...)
		return intField(b, 14, 1)
	}
	node := func(op, out string, in ...string) (b []byte) {
		for _, v := range in {
			b = bytesField(b, 1, []byte(v))
		}
		return bytesField(bytesField(b, 2, []byte(out)), 4, []byte(op))
	}
	cast := func(out, in string, to int) []byte {
		return bytesField(node("Cast", out, in), 5, intField(intField(bytesField(nil, 1, []byte("to")), 3, to), 20, 2))
	}
	value := func(name string, typ int, dims ...int) []byte {
		var shape []byte
		for _, d := range dims {
			shape = bytesField(shape, 1, intField(nil, 1, d))
		}
		tensorType := bytesField(nil, 1, bytesField(intField(nil, 1, typ), 2, shape))
		return bytesField(bytesField(nil, 1, []byte(name)), 2, tensorType)
	}
	var g []byte
	for _, b := range [][]byte{cast("picture", "x", 1), node("Flatten", "flat", "picture"), node("Gemm", "v0", "flat", "w", "b")} {
		g = bytesField(g, 1, b)
	}
	last := "v0"
	for i, op := range n.then {
		next := fmt.Sprintf("v%d", i+1)
		in := []string{last}
		switch op {
		case "ReduceSum":
			in = append(in, "axis")
		case "Div":
			in = []string{fmt.Sprintf("v%d", i-1), last}
		}
		g = bytesField(g, 1, node(op, next, in...))
		last = next
	}
	if n.rounds {
		g, last = bytesField(g, 1, node("Round", "rounded", last)), "rounded"
	}
	g = bytesField(g, 2, []byte("little"))
	g = bytesField(g, 5, initializer("w", raw(values*n.classes, n.scale), values, n.classes))
	g = bytesField(g, 5, initializer("b", raw(n.classes, 1), n.classes))
	axis := bytesField(intField(intField(intField(nil, 1, 1), 2, 7), 7, 1), 8, []byte("axis"))
	g = bytesField(g, 5, axis)
	dims := n.dims
	if dims == nil {
		dims = append([]int{1}, n.input...)
	}
	g = bytesField(g, 11, value("x", max(1, n.typ), dims...))
	for _, name := range n.more {
		size := n.classes
		if name == "flat" {
			size = values
		}
		g = bytesField(g, 12, value(name, 1, 1, size))
	}
	g = bytesField(g, 12, value(last, 1, 1, n.classes))
	model = bytesField(intField(nil, 1, 8), 7, g)
	return bytesField(model, 8, intField(nil, 2, 13)), data
}

// write puts the network into a folder and returns its path.
func (n onnxNet) write(t testing.TB, dir string) string {
	t.Helper()
	model, data := n.files(1)
	files := map[string]string{"my.onnx": string(model)}
	if n.external != "" {
		files[n.external] = string(data)
	}
	testnet.Put(t, dir, files)
	return filepath.Join(dir, "my.onnx")
}

var (
	colour = onnxNet{input: []int{3, 6, 8}, classes: 5, scale: 0.3}
	// ratio is a softmax in disguise: exp(x) over its sum.
	ratio = onnxNet{input: []int{3, 6, 8}, classes: 5, scale: 0.3, then: []string{"Abs", "ReduceSum", "Div"}}
)

// TestRounding: a note says that gradients are not those of the network.
func TestRounding(t *testing.T) {
	rounded := colour
	rounded.scale, rounded.rounds = 3, true
	m, err := open(rounded.write(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(fmt.Sprint(m.Notes), "gradients pass straight through") {
		t.Errorf("notes %q", m.Notes)
	}
	u, err := m.Check(t.Context(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := u.finding("gradient"); f.Level != Warning || !strings.Contains(f.Text, "rounds values on the way") {
		t.Errorf("the gradient is %+v, want a warning", f)
	}
}

func TestOpenONNX(t *testing.T) {
	for _, c := range []struct {
		name string
		net  onnxNet
		want preprocess.Spec
		note string
	}{
		{"colour", colour, preprocess.Spec{Preset: "torchvision", Width: 8, Height: 6, Resize: preprocess.Stretch, Antialias: true, Order: "RGB", Scale: 1,
			Mean: []float32{.485, .456, .406}, Std: []float32{.229, .224, .225}}, "assuming preset torchvision (RGB, 0 to 1, mean"},
		{"large", onnxNet{input: []int{3, 160, 160}, classes: 2}, preset("torchvision", 160, 160), "assuming preset torchvision"},
		{"gray", onnxNet{input: []int{1, 6, 8}, classes: 5}, preprocess.Spec{Preset: "raw", Width: 8, Height: 6, Resize: preprocess.Stretch, Order: "gray", Scale: 1},
			"assuming gray pictures from 0 (black) to 1 (white)"},
		{"channels last", onnxNet{input: []int{6, 8, 3}, classes: 5}, preprocess.Spec{Preset: "raw", Width: 8, Height: 6, Resize: preprocess.Stretch,
			Layout: preprocess.NHWC, Order: "RGB", Scale: 1}, "assuming preset raw"},
		{"uint8", onnxNet{input: []int{6, 8, 3}, classes: 5, typ: 2}, preprocess.Spec{Width: 8, Height: 6, Resize: preprocess.Stretch,
			Layout: preprocess.NHWC, Order: "RGB", Scale: 255}, "assuming pixel values 0 to 255 (RGB), for its input holds values of uint8"},
		{"int64", onnxNet{input: []int{1, 6, 8}, classes: 5, typ: 7}, preprocess.Spec{Width: 8, Height: 6, Resize: preprocess.Stretch, Order: "gray", Scale: 255},
			"assuming pixel values 0 to 255 (gray)"},
		{"int8", onnxNet{input: []int{3, 6, 8}, classes: 5, typ: 3}, preprocess.Spec{Width: 8, Height: 6, Resize: preprocess.Stretch, Order: "RGB", Scale: 255,
			Mean: []float32{128, 128, 128}}, "assuming pixel values -128 to 127 (RGB)"},
		{"double", onnxNet{input: []int{1, 6, 8}, classes: 5, typ: 11}, preprocess.Spec{Preset: "raw", Width: 8, Height: 6, Resize: preprocess.Stretch, Order: "gray", Scale: 1},
			"assuming gray pictures"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "nets")
			path := c.net.write(t, dir)
			for _, name := range []string{path, dir} {
				m, err := open(name)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(m.Spec.Mean, c.want.Mean) || fmt.Sprint(m.Spec) != fmt.Sprint(c.want) {
					t.Errorf("contract %+v, want %+v", m.Spec, c.want)
				}
				if want := map[string]string{path: "my", dir: "nets"}[name]; m.Name != want || m.Dir != dir || m.Outputs != Logits {
					t.Errorf("name %q in %s, outputs %s", m.Name, m.Dir, m.Outputs)
				}
				if len(m.Notes) != 2 || !strings.Contains(m.Notes[0], c.note) {
					t.Errorf("notes %q, want %q", m.Notes, c.note)
				}
				if p, err := m.Predictor(0); err != nil {
					t.Error(err)
				} else if _, err := p.Pixels(tensor.New(1, 3, 20, 11)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A file with another suffix, in a folder with a contract for another file, is itself;
// with a contract that names it, the contract goes.
func TestOpenONNXBesideAContract(t *testing.T) {
	dir := t.TempDir()
	path := colour.write(t, dir)
	model, _ := colour.files(2)
	testnet.Put(t, dir, map[string]string{"other.onnx": string(model), ContractName: "name: ours\nweights: my.onnx\npreprocess: {preset: torchvision, std: [1, 1, 1], resize: stretch}\n"})
	m, err := open(path)
	if err != nil || m.Name != "ours" || !slices.Equal(m.Spec.Std, []float32{1, 1, 1}) || m.Spec.Mean[0] != .485 || m.Spec.Resize != preprocess.Stretch {
		t.Errorf("named by the contract: %+v, %v", m, err)
	}
	if m, err := open(filepath.Join(dir, "other.onnx")); err != nil || m.Name != "other" || m.Spec.Std[0] != .229 {
		t.Errorf("beside it: %+v, %v", m, err)
	}
}

func TestONNXHash(t *testing.T) {
	net := colour
	net.external = "sub/my.bin"
	dir := t.TempDir()
	path := net.write(t, dir)
	m, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	model, data := net.files(1)
	sum := sha256.Sum256(append(model, data...))
	if m.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, want %x", m.Hash, sum)
	}
	if files := m.Inspect().Files; len(files) != 2 || files[1].Role != "data" || files[1].Path != filepath.Join(dir, "sub", "my.bin") || files[1].Size != int64(len(data)) {
		t.Errorf("files %+v", files)
	}

	models := t.TempDir()
	if _, err := add(addition{Name: "split", Folder: path}, models); err != nil {
		t.Fatal(err)
	}
	if err := unchanged(filepath.Join(models, "split")); err != nil {
		t.Errorf("verify: %v", err)
	}
	data[1] ^= 1
	testnet.Put(t, dir, map[string]string{"sub/my.bin": string(data)})
	if _, err := open(filepath.Join(models, "split")); err == nil || !strings.Contains(err.Error(), "changed since it was added") {
		t.Errorf("other weights: %v", err)
	}

	// Weights elsewhere are not read.
	os.Rename(filepath.Join(dir, "sub", "my.bin"), filepath.Join(filepath.Dir(dir), "my.bin"))
	for _, external := range []string{"../my.bin", filepath.Join(filepath.Dir(dir), "my.bin"), "sub/my.bin"} {
		net.external = external
		model, _ := net.files(1)
		testnet.Put(t, dir, map[string]string{"my.onnx": string(model)})
		if external == "sub/my.bin" {
			if err := os.Symlink(filepath.Join(filepath.Dir(dir), "my.bin"), filepath.Join(dir, "sub", "my.bin")); err != nil {
				continue
			}
		}
		if _, err := open(path); err == nil || !strings.Contains(err.Error(), "my.bin") {
			t.Errorf("%s: %v", external, err)
		}
	}
}

func TestAddONNX(t *testing.T) {
	models := t.TempDir()
	path := colour.write(t, t.TempDir())
	testnet.Put(t, models, map[string]string{"classes.txt": testnet.TinyLabels})
	added, err := add(addition{Name: "mine", Folder: path, Labels: filepath.Join(models, "classes.txt"),
		Spec: preprocess.Spec{Preset: "raw", Mean: []float32{.5, .5, .5}, Std: []float32{.5, .5, .5}}}, models)
	if err != nil {
		t.Fatal(err)
	}
	m, err := open(filepath.Join(models, "mine"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Hash != added.Hash || m.Spec.Mean[0] != .5 || m.Spec.Order != "RGB" || m.Outputs != Logits || m.Labels.Class(4).Label != "vulture" || len(m.Notes) != 0 {
		t.Errorf("opened %+v", m)
	}
	data, err := os.ReadFile(filepath.Join(models, "mine", ContractName))
	if err != nil || !strings.Contains(string(data), "outputs: logits\n") || strings.Contains(string(data), "definition") {
		t.Errorf("contract %v\n%s", err, data)
	}
}

// TestProbabilities: a network that normalises by itself is used through logarithms,
// forward and back.
func TestProbabilities(t *testing.T) {
	path := ratio.write(t, t.TempDir())
	m, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	if m.Outputs != Probabilities || !strings.Contains(fmt.Sprint(m.Notes), "are probabilities, it seems") {
		t.Fatalf("outputs %s, notes %q", m.Outputs, m.Notes)
	}
	c, err := m.Classifier(1, 6, 8, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(0)
	if err != nil {
		t.Fatal(err)
	}
	x := m.trial(3)
	logits := slices.Clone(c.Forward(x).Data)
	alone, err := p.Pixels(x)
	if err != nil || !slices.Equal(logits, alone) {
		t.Errorf("classifier %v, predictor %v, %v", logits, alone, err)
	}
	var sum float64
	for _, top := range m.Top(logits, 0) {
		if got := math.Exp(float64(logits[top.Index])); !(math.Abs(got-top.Prob) < 1e-6) {
			t.Errorf("class %d: probability %v, of the network %v", top.Index, top.Prob, got)
		}
		sum += top.Prob
	}
	if !(math.Abs(sum-1) < 1e-6) {
		t.Errorf("probabilities add up to %v", sum)
	}
	d := tensor.New(1, 5)
	d.Data[2], d.Data[4] = 1, -0.5
	loss := func() float64 {
		l := c.Forward(x).Data
		return float64(l[2]) - 0.5*float64(l[4])
	}
	loss()
	grad := slices.Clone(c.Backward(d).Data)
	for _, i := range []int{0, 17, 50, 99, 143} {
		v := x.Data[i]
		const h = 1e-3
		x.Data[i] = v + h
		up := loss()
		x.Data[i] = v - h
		down := loss()
		x.Data[i] = v
		if got := (up - down) / (2 * h); !(math.Abs(got-float64(grad[i])) <= 2e-3*tensor.L2(grad)) {
			t.Errorf("pixel %d: derivative %g, by differences %g", i, grad[i], got)
		}
	}

	// A softmax at the end is taken off; the contract may also speak.
	soft := colour
	soft.then = []string{"Softmax"}
	dir := t.TempDir()
	soft.write(t, dir)
	if m, err := open(dir); err != nil || m.Outputs != Probabilities || !m.form.plain() || m.ends != Probabilities {
		t.Errorf("softmax: %+v, %v", m, err)
	}
	for text, want := range map[string]bool{"logits": false, "probabilities": true} {
		dir := t.TempDir()
		ratio.write(t, dir)
		testnet.Put(t, dir, map[string]string{ContractName: "name: a\nweights: my.onnx\noutputs: " + text + "\n"})
		if m, err := open(dir); err != nil || (m.form.from == Probabilities) != want {
			t.Errorf("outputs: %s: %+v, %v", text, m, err)
		}
	}
}

func TestLogProbsAreFinite(t *testing.T) {
	probs := []float32{0, -1e-7, 1e-40, 1e-20, 0.5, 1}
	logs, grad := make([]float32, len(probs)), make([]float32, len(probs))
	var r reading
	r.probabilities(Probabilities, leastProb)
	r.forward(logs, probs)
	r.backward(grad, []float32{1, 1, 1, 1, 1, 1}, probs)
	for i := range probs {
		if _, ok := tensor.Finite([]float32{logs[i], grad[i]}); !ok {
			t.Errorf("p = %g: log %g, derivative %g", probs[i], logs[i], grad[i])
		}
	}
	if logs[5] != 0 || grad[4] != 2 || !(math.Abs(float64(logs[3])+20*math.Ln10) < 1e-5) {
		t.Errorf("logs %v, derivatives %v", logs, grad)
	}
}

func TestImagenetLabels(t *testing.T) {
	models, dir := t.TempDir(), t.TempDir()
	net := onnxNet{input: []int{3, 4, 4}, classes: 1000, scale: 1}
	net.write(t, dir)
	var names strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&names, "n%08d thing %d\n", i, i)
	}
	namesIn := []string{models}
	if m, err := open(dir, namesIn...); err != nil || m.Labels.Named() {
		t.Errorf("without names: %v", err)
	}
	imagenet := addition{Name: "mine", Folder: dir, Labels: "imagenet"}
	if _, err := add(imagenet, models); err == nil || !strings.Contains(err.Error(), "synset_words.txt") {
		t.Errorf("imagenet without names: %v", err)
	}
	testnet.Put(t, models, map[string]string{"synset_words.txt": names.String()})
	if m, err := open(dir, namesIn...); err != nil || m.Labels.Class(17).Label != "thing 17" || !strings.Contains(fmt.Sprint(m.Notes), "assuming that they are ImageNet's") {
		t.Errorf("with names: %v", err)
	}
	if _, err := add(imagenet, models); err != nil {
		t.Fatal(err)
	}
	if m, err := open(filepath.Join(models, "mine"), namesIn...); err != nil || !m.Labels.Named() || len(m.Notes) != 0 {
		t.Errorf("added: %v", err)
	}
	if data, _ := os.ReadFile(filepath.Join(models, "mine", ContractName)); !strings.Contains(string(data), "labels: imagenet\n") {
		t.Errorf("contract\n%s", data)
	}
}

func TestGrayPresets(t *testing.T) {
	path := onnxNet{input: []int{1, 4, 4}, classes: 3}.write(t, t.TempDir())
	for preset, want := range map[string]string{"raw": "", "caffe": "", "torchvision": "for pictures in colour", "caffe-mean": "for pictures in colour"} {
		_, err := add(addition{Name: "gray-" + preset, Folder: path, Spec: preprocess.Spec{Preset: preset}}, t.TempDir())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", preset, err)
		}
	}
}
