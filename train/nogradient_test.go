package train

import (
	"context"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/testnet"
	"hoodwink/tensor"
)

// TestAttackedWithoutGradient: pictures that an attack failed on for want of a gradient are counted. Of three
// greys, the first is no more than 8/255 above the boundary at 0.49, the others are far from it.
func TestAttackedWithoutGradient(t *testing.T) {
	x := tensor.New(3, 3, testnet.Side, testnet.Side)
	for n, v := range []float32{0.5, 0.7, 0.9} {
		copy(x.Image(n), testnet.Grey(v).Data)
	}
	data := &dataset.Set{Images: x, Labels: []int{1, 1, 1}, Names: []string{"dark", "bright"}}
	for _, c := range []struct {
		slope      float32
		loss       attack.Loss
		robust     float64
		noGradient int
	}{{1e5, attack.Auto, 2. / 3, 0}, {1e5, attack.LogProbability, 1, 3}, {10, attack.LogProbability, 2. / 3, 0}} {
		got, err := Attacked(context.Background(), testnet.Brightness(c.slope, 0.49), data,
			AttackOptions{Attack: attacks.BIM{Loss: c.loss}, Eps: 8. / 255, Seed: 1, Threads: 1})
		if err != nil || got.Clean != 1 || got.Robust != c.robust || got.NoGradient != c.noGradient {
			t.Errorf("slope %g, loss %v: %+v, %v, want %g and %d without gradient", c.slope, c.loss, got, err, c.robust, c.noGradient)
		}
	}
}
