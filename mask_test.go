package hoodwink

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// TestFoolMask: a drawn panda becomes a vulture by changes to its lower half alone; the upper
// half of the file stays as it was.
func TestFoolMask(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const side = 96
	x, err := dataset.Draw(0, 7, side)
	if err != nil {
		t.Fatal(err)
	}
	mask := tensor.New(1, 3, side, side)
	for c := range 3 {
		for i := side * side / 2; i < side*side; i++ {
			mask.Data[c*side*side+i] = 1
		}
	}
	r := FoolRequest{
		Model: m, Input: "panda.png", Output: filepath.Join(t.TempDir(), "out.png"), Picture: &preprocess.Picture{Pixels: x}, Mask: &preprocess.Picture{Pixels: mask},
		Criterion: attack.Targeted{Class: 1}, Attack: attacks.BIM{}, Eps: 16. / 255,
	}
	res, err := Fool(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !res.SuccessFile || res.Masked != side*side/2 {
		t.Errorf("fooled %v, %d pixels may change", res.SuccessFile, res.Masked)
	}
	for i, v := range res.Adversarial.Data {
		if before := float32(preprocess.Level(x.Data[i])) / 255; i%(side*side) < side*side/2 && v != before {
			t.Fatalf("value %d is %g, was %g, and must stay", i, v, before)
		}
	}
	r.AtModel = true
	if res, err = Fool(context.Background(), r); err != nil || res.Masked != 64*64/2 {
		t.Errorf("at the model's size: %v, %+v", err, res)
	}
	var wrong *SettingError
	for _, bad := range []*tensor.Tensor{tensor.New(1, 3, side, side), tensor.New(1, 3, 8, 8)} {
		r.AtModel, r.Mask = false, &preprocess.Picture{Pixels: bad}
		if _, err := Fool(context.Background(), r); !errors.As(err, &wrong) || wrong.Setting != "mask" {
			t.Errorf("a mask of shape %v: %v", bad.Shape, err)
		}
	}
}
