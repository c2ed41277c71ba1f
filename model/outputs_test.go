package model

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/caffe"
	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// A head is what a network makes of its logits: layers one after another.
type head []nn.Layer

// colours returns a network (3,8,8) whose logits are products of a picture's mean colour
// with weights (3 for each class), with a head behind them.
func colours(t testing.TB, weights [][3]float32, scale float32, h head) *nn.Network {
	t.Helper()
	scaled := slices.Clone(weights)
	for k := range scaled {
		for c := range scaled[k] {
			scaled[k][c] *= scale
		}
	}
	return testnet.Colours(scaled, h...)
}

// file writes a network as ONNX, beside a contract with further lines, and opens it.
func file(t testing.TB, net *nn.Network, lines string, others map[string]string) (*Model, error) {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "my.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := onnx.Write(f, net, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	testnet.Put(t, dir, map[string]string{ContractName: "name: a\nweights: my.onnx\npreprocess: {preset: raw}\n" + lines})
	testnet.Put(t, dir, others)
	return open(dir)
}

func opened(t testing.TB, net *nn.Network, lines string) *Model {
	t.Helper()
	m, err := file(t, net, lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// red is a picture of one colour.
func red() *tensor.Tensor { return testnet.Colour(1, 0, 0) }

// probs returns what a model says of pixels.
func probs(t testing.TB, m *Model, x *tensor.Tensor) []float64 {
	t.Helper()
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	logits, err := p.Pixels(x)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(logits))
	m.Probs(out, logits)
	for _, top := range m.Top(logits, 0) {
		if top.Prob != out[top.Index] {
			t.Errorf("class %d: %v at the top, %v", top.Index, top.Prob, out[top.Index])
		}
	}
	return out
}

func near(a, b []float64, tolerance float64) bool {
	for i := range a {
		if len(a) != len(b) || !(math.Abs(a[i]-b[i]) <= tolerance) {
			return false
		}
	}
	return true
}

// differentiate holds Backward against differences of a combination of the logits.
func differentiate(t *testing.T, m *Model) {
	t.Helper()
	c, err := m.Classifier(2, 8, 8, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(2, 3, 8, 8)
	copy(x.Image(0), m.trial(3).Data)
	copy(x.Image(1), m.trial(4).Data)
	d := tensor.New(2, c.Classes())
	for i := range d.Data {
		d.Data[i] = float32(i%3) - 0.7
	}
	value := func() (v float64) {
		for i, z := range c.Forward(x).Data {
			v += float64(d.Data[i]) * float64(z)
		}
		return v
	}
	value()
	grad := slices.Clone(c.Backward(d).Data)
	for _, i := range []int{0, 70, 140, 200, 380} {
		v := x.Data[i]
		const h = 1. / 64
		x.Data[i] = v + h
		up := value()
		x.Data[i] = v - h
		down := value()
		x.Data[i] = v
		if got := (up - down) / (2 * h); !(math.Abs(got-float64(grad[i])) <= 2e-3*(1e-2+tensor.Linf(grad))) {
			t.Errorf("pixel %d: gradient %g, by differences %g", i, grad[i], got)
		}
	}
}

var (
	oneLabel    = [][3]float32{{8, -8, 0}}
	threeLabels = [][3]float32{{4, 0, 0}, {3, 0, 0}, {-4, 4, 0}}
	sigmoids    = head{&nn.Sigmoid{}}
	// These have the sigmoid's range, and nobody recognises them as one. The first is one.
	byTanh = head{&nn.Power{Power: 1, Scale: 0.5}, &nn.TanH{}, &nn.Power{Power: 1, Scale: 0.5, Shift: 0.5}}
	hard   = head{&nn.Unary{Op: nn.HardSigmoid, A: 0.05, B: 0.5}}
)

// TestSigmoidOutputs: for a red picture ONNX Runtime 1.32 gives 0.98201376, 0.95257413 and
// 0.01798624 for three sigmoids over the logits 4, 3 and -4, and 0.99966455 for one over 8.
func TestSigmoidOutputs(t *testing.T) {
	three, one := []float64{0.98201376, 0.95257413, 0.01798624}, []float64{1 - 0.99966455, 0.99966455}
	for _, c := range []struct {
		name    string
		weights [][3]float32
		head    head
		lines   string
		outputs Outputs
		multi   bool
		want    []float64
		note    string
	}{
		{"three", threeLabels, sigmoids, "", Sigmoid, true, three, ""},
		{"three, said", threeLabels, sigmoids, "outputs: sigmoid\n", Sigmoid, true, three, ""},
		{"three, said to be logits", threeLabels, sigmoids, "outputs: logits\n", Sigmoid, true, three, ""},
		{"three logits of labels", threeLabels, nil, "outputs: sigmoid-logits\n", SigmoidLogits, true, three, ""},
		{"three logits of classes", threeLabels, nil, "", Logits, false, []float64{0.730879, 0.268876, 0.000245}, ""},
		{"three hard ones", threeLabels, hard, "", Sigmoid, true, []float64{0.7, 0.65, 0.3}, "stay between 0 and 1 whatever the input is"},
		{"three hard ones, said", threeLabels, hard, "outputs: sigmoid\n", Sigmoid, true, []float64{0.7, 0.65, 0.3}, ""},
		{"one", oneLabel, sigmoids, "", Sigmoid, false, one, ""},
		{"one, said to be a probability", oneLabel, sigmoids, "outputs: probabilities\n", Sigmoid, false, one, ""},
		{"one logit", oneLabel, nil, "", SigmoidLogits, false, one, "leaves [0,1]: taken for a logit"},
		{"one logit, said", oneLabel, nil, "outputs: logits\n", SigmoidLogits, false, one, ""},
		{"one hard one", oneLabel, hard, "", Sigmoid, false, []float64{0.1, 0.9}, "between 0 and 1: taken for the probability of the second"},
		{"one hard one, said", oneLabel, hard, "outputs: probabilities\n", Sigmoid, false, []float64{0.1, 0.9}, ""},
		{"two classes", [][3]float32{{1, 0, 0}, {-1, 2, 0}}, head{&nn.Softmax{Axis: 1}}, "", Probabilities, false, []float64{0.880797, 0.119203}, ""},
		// Driven far out it is exactly 0 and 1, which hides nothing of what is near: ONNX Runtime gives 0.9996645.
		{"one by tanh", oneLabel, byTanh, "", Sigmoid, false, one, "taken for the probability of the second"},
		// Results between 0 and 1 that are none of the above: the mean colours.
		{"colours", [][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, nil, "", Logits, false, []float64{0.576117, 0.211942, 0.211942}, ""},
	} {
		m := opened(t, colours(t, c.weights, 1, c.head), c.lines)
		if m.Outputs != c.outputs || m.MultiLabel() != c.multi || m.Labels.Len() != len(c.want) {
			t.Errorf("%s: %s, %d labels, each by itself: %v", c.name, m.Outputs, m.Labels.Len(), m.MultiLabel())
		}
		if got := probs(t, m, red()); !near(got, c.want, 1e-6) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if notes := strings.Join(m.Notes[1:], "\n"); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.note)
		}
		u, err := m.Check(context.Background(), CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want := Fine
		if c.name == "three, said to be logits" {
			want = Warning
		}
		if c.name == "colours" {
			want = Warning
		}
		if f := u.finding("outputs"); f.Level != want || !u.OK {
			t.Errorf("%s: %+v", c.name, u.Findings)
		}
		differentiate(t, m)
	}
}

// TestContractsOfOutputsThatAreWrong are called that, with the right word.
func TestContractsOfOutputsThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		head    head
		weights [][3]float32
		said    Outputs
		right   Outputs
	}{
		{hard, threeLabels, Probabilities, Sigmoid},
		{hard, threeLabels, Logits, Sigmoid},
		{hard, threeLabels, SigmoidLogits, Sigmoid},
		{hard, oneLabel, Logits, Sigmoid},
		{nil, threeLabels, Sigmoid, SigmoidLogits},
		{nil, oneLabel, Probabilities, SigmoidLogits},
		{nil, threeLabels, Probabilities, Logits},
		{shares(1, 0), threeLabels, Logits, Probabilities},
		{shares(1, 0), threeLabels, Sigmoid, Probabilities},
		{shares(1./256, 0), threeLabels, Logits, Probabilities},
	} {
		u, err := opened(t, colours(t, c.weights, 1, c.head), "outputs: "+string(c.said)+"\n").Check(context.Background(), CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if f := u.finding("outputs"); f.Level != Wrong || f.Advice != "outputs: "+string(c.right) {
			t.Errorf("%s instead of %s: %+v", c.said, c.right, f)
		}
	}
	if _, err := parseContract([]byte("name: a\nweights: a.onnx\noutputs: sigmoids\n")); err == nil || !strings.Contains(err.Error(), `"sigmoid" or "sigmoid-logits"`) {
		t.Errorf("got %v", err)
	}
}

// TestLabelsOfOneOutput: a file names both classes, or the one that the output is for.
func TestLabelsOfOneOutput(t *testing.T) {
	net := colours(t, oneLabel, 1, sigmoids)
	for text, want := range map[string][]string{"cat\ndog\n": {"cat", "dog"}, "dog, hound\n": {"not dog", "dog"}} {
		m, err := file(t, net, "labels: labels.txt\n", map[string]string{"labels.txt": text})
		if err != nil {
			t.Fatal(err)
		}
		if got := []string{m.Labels.Class(0).Label, m.Labels.Class(1).Label}; !slices.Equal(got, want) {
			t.Errorf("%q: %v", text, got)
		}
		for i, w := range want {
			if c, err := m.Labels.Resolve(w); err != nil || c.Index != i {
				t.Errorf("%q is class %+v, %v", w, c, err)
			}
		}
		if i := m.Inspect(); i.Classes != 2 || i.Outputs != Sigmoid {
			t.Errorf("%+v", i)
		}
	}
	if _, err := file(t, net, "labels: labels.txt\n", map[string]string{"labels.txt": "a\nb\nc\n"}); err == nil || !strings.Contains(err.Error(), "3 class names for the one output") {
		t.Errorf("got %v", err)
	}
}

// TestSigmoidsAreExportedAndAdded with what they are.
func TestSigmoidsAreExportedAndAdded(t *testing.T) {
	for name, m := range map[string]*Model{
		"three":      opened(t, colours(t, threeLabels, 1, sigmoids), ""),
		"one":        opened(t, colours(t, oneLabel, 1, sigmoids), ""),
		"three hard": opened(t, colours(t, threeLabels, 1, hard), ""),
		"one hard":   opened(t, colours(t, oneLabel, 1, hard), ""),
		"rounded":    opened(t, colours(t, threeLabels, 1, shares(1./256, 0)), ""),
	} {
		want := probs(t, m, red())
		path := filepath.Join(t.TempDir(), "mine.onnx")
		exportTo(t, m, path, ExportOptions{})
		got, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		if p := probs(t, got, red()); !near(p, want, 1e-5) || got.MultiLabel() != m.MultiLabel() {
			t.Errorf("%s: %v, exported %v", name, want, p)
		}
		models := t.TempDir()
		added, err := add(addition{Name: "mine", Folder: m.files[1], Spec: m.Spec}, models)
		if err != nil {
			t.Fatal(err)
		}
		again, err := open(filepath.Join(models, "mine"))
		if err != nil {
			t.Fatal(err)
		}
		if p := probs(t, again, red()); !near(p, want, 1e-6) || again.Outputs != added.Outputs || again.MultiLabel() != m.MultiLabel() {
			t.Errorf("%s: %v, added %v", name, want, p)
		}
		if err := unchanged(filepath.Join(models, "mine")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCaffeSigmoid: a sigmoid layer at the end is taken off in this format, too.
func TestCaffeSigmoid(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "w.caffemodel"))
	if err != nil {
		t.Fatal(err)
	}
	w := tensor.FromSlice([]float32{4, 0, 0, 3, 0, 0, -4, 4, 0}, 3, 3)
	err = caffe.WriteWeights(f, "labels", []caffe.NamedBlobs{{Name: "fc", Type: "InnerProduct", Blobs: []*tensor.Tensor{w, tensor.New(3)}}})
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	testnet.Put(t, dir, map[string]string{"deploy.prototxt": `name: "labels" input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
		layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { pool: AVE global_pooling: true } }
		layer { name: "fc" type: "InnerProduct" bottom: "pool" top: "fc" inner_product_param { num_output: 3 } }
		layer { name: "prob" type: "Sigmoid" bottom: "fc" top: "prob" }`,
		ContractName: "name: a\ndefinition: deploy.prototxt\nweights: w.caffemodel\npreprocess: {preset: raw}\n"})
	m, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := probs(t, m, red()); !m.MultiLabel() || !m.form.plain() || !near(got, []float64{0.98201376, 0.95257413, 0.01798624}, 1e-6) {
		t.Errorf("%s: %v", m.Outputs, got)
	}
}

// TestNotFinite: no prediction is made of a NaN or an infinity.
func TestNotFinite(t *testing.T) {
	m, err := New("log", colours(t, threeLabels, 1, head{&nn.Unary{Op: nn.Log}}), preset("raw", 8, 8), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Pixels(red())
	if err == nil || err.Error() != `model "log": the result for class 2 is NaN` {
		t.Errorf("got %v", err)
	}
	testnet.CheckAdvice(t, err, "hoodwink models check log")
}
