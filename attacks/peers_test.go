package attacks_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
)

// A digits is a real network of MNIST and the first digits of its test set.
type digits struct {
	*model.Classifier
	examples []attack.Example
}

// openDigits opens a network by name with n digits that are to leave their classes.
func openDigits(t *testing.T, name string, n int) digits {
	t.Helper()
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	if models == "" || data == "" {
		t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: real digits are not attacked")
	}
	m, err := store.Open(name, store.Options{Dir: models})
	if err != nil {
		t.Skip(err)
	}
	dir, ok := dataset.FindMNIST(data)
	if !ok {
		t.Skip("no MNIST in HOODWINK_DATA")
	}
	set, err := dataset.MNIST(dir, "t10k")
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Classifier(min(n, 25), 28, 28, model.ClassifierOptions{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	d := digits{Classifier: c}
	for i := range n {
		d.examples = append(d.examples, attack.Example{
			X: set.Images.Image(i), Index: uint64(i), Eps: math.Inf(1),
			Goal: attack.Misclassification{Classes: []int{set.Labels[i]}},
		})
	}
	return d
}

// sizes attacks the digits, and returns the size of each change: 0 where none was needed, infinite where none was
// found.
func (d digits) sizes(t *testing.T, a attack.Attack, norm attack.Norm) (sizes []float64, vs []*attack.Verdict) {
	t.Helper()
	vs, err := attack.Run(t.Context(), d, a, attack.Threat{Norm: norm}, attack.Options{}, d.examples...)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vs {
		if v.Err != nil {
			t.Fatal(v.Err)
		}
		size := v.Size
		if !v.Success {
			size = math.Inf(1)
		}
		sizes = append(sizes, size)
	}
	return sizes, vs
}

// median returns the middle of some sizes, which may be infinite.
func median(sizes []float64) float64 {
	s := slices.Sorted(slices.Values(sizes))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// theirs returns the sizes that an implementation by others found on the same digits, infinite where none.
func theirs(t *testing.T, network, name string) (sizes []float64) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("HOODWINK_DATA"), "golden", "attacks", "oracle.json"))
	if err != nil {
		t.Skip(err)
	}
	var all struct {
		Minimum map[string]struct {
			Attacks map[string]struct{ All []*float64 }
		} `json:"sec1_minimum_norm"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	list := all.Minimum[network].Attacks[name].All
	if len(list) == 0 {
		t.Skipf("nobody has run %s on %s", name, network)
	}
	for _, v := range list {
		if v == nil {
			sizes = append(sizes, math.Inf(1))
			continue
		}
		sizes = append(sizes, *v)
	}
	return sizes
}

// peerCases are attacks of minimum norm with their names among the results of others. Slow ones have fewer
// digits where HOODWINK_PEERS is not set.
var peerCases = []struct {
	peer   string
	attack attack.Attack
	norm   attack.Norm
	few    int
}{
	{"FAB Linf", attacks.FAB{}, attack.Linf, 6},
	{"FAB L2", attacks.FAB{}, attack.L2, 6},
	{"FAB L1", attacks.FAB{}, attack.L1, 100},
	{"FAB-T Linf", attacks.FABT{}, attack.Linf, 6},
	{"FAB-T L2", attacks.FABT{}, attack.L2, 6},
	{"FAB-T L1", attacks.FABT{}, attack.L1, 6},
	{"DeepFool Linf", attacks.DeepFool{Steps: 100}, attack.Linf, 20},
	{"DeepFool L2", attacks.DeepFool{Steps: 100}, attack.L2, 10},
	{"DDN-100", attacks.DDN{}, attack.L2, 20},
	{"DDN-100 8-bit", attacks.DDN{Levels: 256}, attack.L2, 60},
	{"DDN-1000", attacks.DDN{Steps: 1000}, attack.L2, 4},
	{"FMN-100 L2", attacks.FMNSphere{}, attack.L2, 60},
	{"FMN-100 L0", attacks.FMN{}, attack.L0, 20},
	{"FMN-100 L1", attacks.FMN{}, attack.L1, 20},
	{"FMN-100 Linf", attacks.FMN{Alpha: 1}, attack.Linf, 20},
	{"FMN-100 Linf a10", attacks.FMN{}, attack.Linf, 20},
	{"Brendel-Bethge Linf", attacks.BrendelBethge{}, attack.Linf, 6},
	{"Brendel-Bethge L2", attacks.BrendelBethge{}, attack.L2, 6},
	{"Brendel-Bethge L1", attacks.BrendelBethge{}, attack.L1, 6},
	{"C&W L2", attacks.CWL2{Steps: 1000}, attack.L2, 1},
	{"TR Linf adaptive", attacks.TR{}, attack.Linf, 20},
	{"TR Linf eps .01", attacks.TR{Steps: 200, Radius: 0.01, Fixed: true}, attack.Linf, 20},
	{"TR L2 adaptive", attacks.TR{}, attack.L2, 20},
	{"PDPGD L1", attacks.PDPGD{}, attack.L1, 6},
	{"PDPGD L2", attacks.PDPGD{}, attack.L2, 6},
	{"PDPGD Linf", attacks.PDPGD{}, attack.Linf, 6},
	{"PDGD L2", attacks.PDGD{}, attack.L2, 6},
	{"sigma-zero-100", attacks.SigmaZero{Steps: 100}, attack.L0, 60},
	{"sigma-zero-1000", attacks.SigmaZero{}, attack.L0, 6},
}

// TestPeers compares the sizes of the smallest changes with those that the implementations of others found on the
// same digits: the middle of a few of them. With HOODWINK_PEERS=200 it takes as many as others have, up to
// 200, and prints the table.
func TestPeers(t *testing.T) {
	most := os.Getenv("HOODWINK_PEERS") != ""
	networks := []string{"mnist_fgsm"}
	if most {
		networks = append(networks, "mnist_pgd_madry")
	}
	for _, network := range networks {
		for _, c := range peerCases {
			t.Run(network+" "+c.peer, func(t *testing.T) {
				n := c.few
				if most {
					n = 200
				}
				d := openDigits(t, network, n)
				want := theirs(t, network, c.peer)
				n = min(n, len(want))
				want, d.examples = want[:n], d.examples[:n]
				got, vs := d.sizes(t, c.attack, c.norm)
				var forwards, backwards, failed, theirsFailed int
				for i, v := range vs {
					forwards, backwards = forwards+v.Forwards, backwards+v.Backwards
					if math.IsInf(got[i], 1) {
						failed++
					}
					if math.IsInf(want[i], 1) {
						theirsFailed++
					}
				}
				t.Logf("%d digits: median %.4f, theirs %.4f; success %.3f, theirs %.3f; %d forwards and %d backwards each",
					n, median(got), median(want), 1-float64(failed)/float64(n), 1-float64(theirsFailed)/float64(n), forwards/n, backwards/n)
				if !(median(got) <= 1.02*median(want)) || failed > theirsFailed+n/100 { // one in a hundred is luck
					t.Errorf("median %g, theirs %g; %d failed, of theirs %d\n%.4f\n%.4f", median(got), median(want), failed, theirsFailed, got, want)
				}
			})
		}
	}
}
