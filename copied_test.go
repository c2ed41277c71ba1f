package hoodwink

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// TestFoolCopies a picture that is already what it is to be, whatever the attack: even if it is less
// likely to be that than the attack would make it.
func TestFoolCopies(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{64, 96} {
		x, err := dataset.Draw(0, 7, size)
		if err != nil {
			t.Fatal(err)
		}
		picture := filepath.Join(t.TempDir(), "panda.png")
		if err := preprocess.WritePNG(picture, x, nil); err != nil {
			t.Fatal(err)
		}
		half := &preprocess.Picture{Pixels: tensor.New(1, 3, size, size)}
		for i := range half.Pixels.Data {
			half.Pixels.Data[i] = float32(i & 1)
		}
		for name, a := range map[string]attack.Attack{"fgsm": attacks.FGSM{}, "bim": attacks.BIM{}, "pgd": attacks.PGD{}, "restarts": attacks.PGD{Restarts: 3, Steps: 5}} {
			for _, norm := range []attack.Norm{attack.Linf, attack.L2} {
				for _, goal := range []attack.Goal{Become(m, 0, 0), Leave(m, 1, 2)} {
					for _, atModel := range []bool{false, true} {
						for _, mask := range []*preprocess.Picture{nil, half} {
							r := FoolRequest{Model: m, Input: picture, Output: filepath.Join(t.TempDir(), "out.png"), Criterion: goal, Attack: a, Norm: norm,
								Eps: norm.DefaultEps(), Seed: 3, AtModel: atModel, Mask: mask}
							if become, ok := goal.(attack.Targeted); ok {
								become.Prob = 0.9999
								r.Until = become
							}
							res, err := Fool(context.Background(), r)
							if err != nil {
								t.Fatal(err)
							}
							original, err := r.Pixels()
							if err != nil {
								t.Fatal(err)
							}
							if !slices.Equal(res.Adversarial.Data, original.Data) || res.Verdict != report.NothingToDo || res.L0 != 0 || res.Backwards != 0 {
								t.Errorf("%d, %s, %v, %T, at model %v, mask %v: %s, %d values changed", size, name, norm, goal, atModel, mask != nil, res.Verdict, res.L0)
							}
						}
					}
				}
			}
		}
	}
}

// TestFoolRounds a picture of 16 bits that is already what it is to be, and says that there was
// nothing to do.
func TestFoolRounds(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := dataset.Draw(0, 7, 64)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA64(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		at := func(k int) uint16 { return uint16(min(65535, 65535*float64(x.Data[k*64*64+i])+90)) }
		img.SetNRGBA64(i%64, i/64, color.NRGBA64{R: at(0), G: at(1), B: at(2), A: 65535})
	}
	picture := filepath.Join(t.TempDir(), "deep.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	res, err := Fool(context.Background(), FoolRequest{Model: m, Input: picture, Output: filepath.Join(t.TempDir(), "out.png"), Criterion: Become(m, 0, 0),
		Attack: attacks.PGD{}, Eps: 8. / 255})
	if err != nil {
		t.Fatal(err)
	}
	if res.Verdict != report.NothingToDo || res.L0 == 0 || res.Linf > 0.5001/255 {
		t.Errorf("%s: %d values changed by at most %g levels", res.Verdict, res.L0, 255*res.Linf)
	}
}
