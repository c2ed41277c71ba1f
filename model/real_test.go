package model

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

// openReal opens a known model from the folder of real models.
func openReal(t testing.TB, name string) *Model {
	t.Helper()
	known := map[string]struct{ folder, preset string }{"googlenet": {"bvlc_googlenet", "caffe"}, "squeezenet": {"squeezenet_v1.1", "caffe-mean"}}[name]
	s, err := Find(filepath.Join(realModels(t), known.folder))
	if err != nil {
		t.Fatal(err)
	}
	s.Spec.Preset = known.preset
	m, err := s.Load(0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The article's black picture, as published.
func TestGoogLeNetOnBlack(t *testing.T) {
	m := openReal(t, "googlenet")
	all, err := m.Black()
	if err != nil {
		t.Fatal(err)
	}
	published := []struct {
		label   string
		percent float64
	}{{"velvet", 27.38}, {"shower curtain", 6.40}, {"wool", 6.19}, {"paper towel", 4.67}, {"window screen", 4.39}}
	for i, p := range all[:5] {
		if p.Label != published[i].label || !(math.Abs(100*p.Prob-published[i].percent) <= 0.01) {
			t.Errorf("place %d: %s %.3f %%, published %s %.2f %%", i+1, p.Label, 100*p.Prob, published[i].label, published[i].percent)
		}
	}
}

func TestRealClassNames(t *testing.T) {
	l := openReal(t, "squeezenet").Labels
	for word, want := range map[string]int{"vulture": 23, "giant panda": 388, "lesser_panda": 387, "n02808304": 434, "Bath-Towel": 434,
		"garbage can": 412, "tiger cat": 282, "siamese": 284, "paper towel": 700, "cocktail shaker": 503, "sunglasses": 837} {
		if c, err := l.Resolve(word); err != nil || c.Index != want {
			t.Errorf("%q: %v, %v, want %d", word, c, err, want)
		}
	}
	pandas, err := l.ResolveAll("panda")
	if err != nil || len(pandas) != 2 || pandas[0].Index != 387 || pandas[1].Index != 388 {
		t.Errorf("panda: %v, %v, want 387 and 388", pandas, err)
	}
	_, err = l.Resolve("cat")
	if err == nil || !strings.Contains(err.Error(), "ambiguous") || !strings.Contains(err.Error(), "n02123159") {
		t.Errorf("cat: %v", err)
	}
	_, err = l.Resolve("vulturr")
	if err == nil {
		t.Fatal("vulturr: no error")
	}
	testnet.CheckAdvice(t, err, "vulture (23, n01616318)")
}

// The totals as counted by hand from the definitions: convolutions and inner products,
// those of the training heads not among them.
func TestInspectRealModels(t *testing.T) {
	for name, want := range map[string]struct{ params, macs int64 }{"googlenet": {6998552, 1582671872}, "squeezenet": {1235496, 387747520}} {
		i := openReal(t, name).Inspect()
		if i.Params != want.params || i.MACs != want.macs || i.Classes != 1000 || !i.Named || len(i.Files) != 3 || len(i.Hash) != 64 {
			t.Errorf("%s: %d parameters, %d multiply-adds, %d classes, files %v", name, i.Params, i.MACs, i.Classes, i.Files)
		}
	}
}

// A photo through the whole way: file, preprocessing, network, class name.
func TestPredictRealPhotos(t *testing.T) {
	data := os.Getenv("HOODWINK_DATA")
	if data == "" {
		t.Skip("HOODWINK_DATA is not set: it names a folder with images/n02510455_giant_panda.JPEG")
	}
	pic, err := preprocess.ReadFile(filepath.Join(data, "images", "n02510455_giant_panda.JPEG"), preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"googlenet", "squeezenet"} {
		p, err := openReal(t, name).Predictor(0)
		if err != nil {
			t.Fatal(err)
		}
		top, err := p.Classify(pic, 1)
		if err != nil || top[0].Label != "giant panda" || !(top[0].Prob > 0.99) {
			t.Errorf("%s: %v, %v, want a giant panda above 99 %%", name, top, err)
		}
	}
}
