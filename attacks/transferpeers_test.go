package attacks_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A transfer is two networks and the photos that both have right: one is attacked, the other is shown what came of it.
type transfer struct {
	from, to *model.Classifier
	examples []attack.Example
}

// openTransfer opens GoogLeNet and SqueezeNet with the first n photos, by name, that both have right. The results
// of others are of photos brought to GoogLeNet's size.
func openTransfer(t *testing.T, n int) transfer {
	t.Helper()
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	if models == "" || data == "" {
		t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: photos are not attacked")
	}
	var nets [2]*model.Classifier
	var labels *model.Labels
	var spec preprocess.Spec
	for i, name := range []string{"bvlc_googlenet", "squeezenet_v1.1"} {
		m, err := store.Open(name, store.Options{Dir: models})
		if err != nil {
			t.Skip(err)
		}
		if nets[i], err = m.Classifier(4, 224, 224, model.ClassifierOptions{ForwardOnly: i == 1}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nets[i].Release)
		if i == 0 {
			labels, spec = m.Labels, m.Spec
		}
	}
	paths, err := filepath.Glob(filepath.Join(data, "images", "n*.JPEG"))
	if err != nil || len(paths) == 0 {
		t.Skip("no photos in HOODWINK_DATA")
	}
	d := transfer{from: nets[0], to: nets[1]}
	for _, path := range paths {
		if len(d.examples) == n {
			break
		}
		class, ok := labels.OfFile(path)
		pic, err := preprocess.ReadFile(path, preprocess.Limits{})
		if err != nil || !ok {
			t.Fatal(path, err)
		}
		x, err := spec.Geometry(pic.Pixels)
		if err != nil {
			t.Fatal(err)
		}
		e := attack.Example{
			X: x.Data, Index: uint64(len(d.examples)), Eps: 16. / 255,
			Goal: attack.Misclassification{Classes: []int{class.Index}},
			// Never: what is sure on one network fools others.
			Stop: attack.Targeted{Class: (class.Index + 1) % 1000, Prob: 1},
		}
		if !d.fooled(t, d.from, e, x.Data) && !d.fooled(t, d.to, e, x.Data) {
			d.examples = append(d.examples, e)
		}
	}
	return d
}

// fooled reports whether a network is.
func (d transfer) fooled(t *testing.T, c *model.Classifier, e attack.Example, x []float32) bool {
	t.Helper()
	logits, err := c.Ask(t.Context(), tensor.FromSlice(x, 1, 3, 224, 224), []uint64{0})
	if err != nil {
		t.Fatal(err)
	}
	return e.Goal.Met(logits.Image(0))
}

// rates attacks the photos, and returns which of them fool each network, and the mean change of a value.
func (d transfer) rates(t *testing.T, a attack.Attack) (own, other []bool, change float64) {
	t.Helper()
	vs, err := attack.Run(t.Context(), d.from, a, attack.Threat{}, attack.Options{}, d.examples...)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vs {
		if v.Err != nil {
			t.Fatal(v.Err)
		}
		own, other = append(own, v.Success), append(other, d.fooled(t, d.to, d.examples[i], v.X))
		for k, x := range v.X {
			change += math.Abs(float64(x)-float64(d.examples[i].X[k])) / float64(len(v.X)*len(vs))
		}
	}
	return own, other, change
}

func count(list []bool) (n int) {
	for _, v := range list {
		if v {
			n++
		}
	}
	return n
}

// transferCases are attacks beside the results of others (torchattacks 3.5.1) on 12 photos, eps 16/255, 10 steps:
// how many fooled SqueezeNet, and the mean change of a value. 0 where it was not run.
var transferCases = []struct {
	name   string
	attack attack.Attack
	peer   int
	change float64
}{
	{"bim", attacks.BIM{StepSize: 1.6 / 255}, 5, 0.0162},
	{"mi", attacks.MI{}, 7, 0.0394},
	{"ni", attacks.NI{}, 10, 0.0405},
	{"di", attacks.DI{NoMomentum: true}, 5, 0.0166},
	{"di with momentum", attacks.DI{}, 11, 0.0403},
	{"ti", attacks.TI{NoMomentum: true}, 5, 0.0182},
	{"ti with momentum", attacks.TI{}, 9, 0.0386},
	{"fgsm", attacks.FGSM{}, 0, 0.0606},
	{"sini", attacks.SINI{}, 0, 0},
	{"pi", attacks.PI{}, 0, 0},
	{"vmi", attacks.VMI{}, 0, 0},
	{"vni", attacks.VNI{}, 0, 0},
	{"gra", attacks.GRA{}, 0, 0},
	{"ssa", attacks.SSA{}, 0, 0},
	{"bsr", attacks.BSR{}, 0, 0},
	{"sia", attacks.SIA{}, 0, 0},
	{"pgn", attacks.PGN{}, 0, 0},
}

// TestTransfer compares attacks on GoogLeNet with those of others: on 2 photos, or with HOODWINK_PEERS on 12, with
// a table of how many of them fool SqueezeNet as well.
func TestTransfer(t *testing.T) {
	n, cases := 2, transferCases[:3]
	whole := os.Getenv("HOODWINK_PEERS") != ""
	if whole {
		n, cases = 12, transferCases
	}
	d := openTransfer(t, n)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			own, other, change := d.rates(t, c.attack)
			t.Logf("fools GoogLeNet with %d, SqueezeNet with %d of %d photos, mean change %.4f; others %d of 12, %.4f",
				count(own), count(other), len(own), change, c.peer, c.change)
			if c.name != "fgsm" && count(own) != len(own) {
				t.Errorf("it fools GoogLeNet with %d of %d photos", count(own), len(own))
			}
			if c.change > 0 && math.Abs(change-c.change) > 0.15*c.change {
				t.Errorf("the mean change is %.4f, that of others %.4f", change, c.change)
			}
			if whole && c.peer > 0 && count(other) < c.peer-3 { // 2 standard deviations of 12 photos
				t.Errorf("it fools SqueezeNet with %d of 12 photos, others with %d", count(other), c.peer)
			}
		})
	}
}
