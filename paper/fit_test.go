package paper

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/tensor"
	"hoodwink/train"
)

// blobs is a set of ten classes: noise with one bright row each.
func blobs(n int) *dataset.Set {
	rng := rand.New(rand.NewPCG(3, 4))
	s := &dataset.Set{Images: tensor.New(n, 1, side, side)}
	for i := range n {
		k := rng.IntN(classes)
		s.Labels = append(s.Labels, k)
		for j := range s.Images.Image(i) {
			v := 0.3 * rng.Float32()
			if j/side == 2*k+3 {
				v += 0.6
			}
			s.Images.Image(i)[j] = v
		}
	}
	return s
}

func quiet(int, int) {}

// TestFitLearns trains each kind of network on an easy set, and with and without
// adversarial examples: it learns, and the bytes do not depend on the threads.
func TestFitLearns(t *testing.T) {
	set := blobs(500)
	ctx := context.Background()
	for _, c := range []struct {
		name string
		recipe
	}{
		{"plain", recipe{}},
		{"adversarial", recipe{adversarial: true}},
		{"sigmoids", recipe{loss: sigmoids}},
	} {
		var weights [2]*tensor.Tensor
		for i := range weights {
			net, err := train.Architecture("cnn", digitShape, classes, train.ArchOptions{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			r := c.recipe
			r.epochs, r.rate, r.batch, r.seed = 10, 0.05, 20, 1
			tr, err := fit(ctx, net, set, r, i+1, quiet)
			if err != nil {
				t.Fatal(err)
			}
			weights[i] = tr.Parameters()[0].Value
			if net, err = tr.Network(); err != nil {
				t.Fatal(err)
			}
			m, err := newNetwork("", net, 100, 1)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := measure(ctx, m.classifier, set.Images, set.Labels, nil); err != nil || s.err() > 10 {
				t.Errorf("%s: %.1f %% wrong after training, %v", c.name, s.err(), err)
			}
		}
		if !slices.Equal(weights[0].Data, weights[1].Data) {
			t.Errorf("%s: the weights depend on the number of threads", c.name)
		}
	}
}

func TestRBFBeginsAtTheMeans(t *testing.T) {
	set := blobs(300)
	net, err := rbfNetwork(set.Images, set.Labels)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := fit(context.Background(), net, set, recipe{epochs: 2, rate: 0.005, batch: 20, loss: exponents, constrain: positive}, 1, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Parameters() {
		if strings.HasSuffix(p.Name, "/beta") && slices.Min(p.Value.Data) <= 0 {
			t.Errorf("a precision of %g", slices.Min(p.Value.Data))
		}
	}
	if net, err = tr.Network(); err != nil {
		t.Fatal(err)
	}
	c, err := newNetwork("", net, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := measure(context.Background(), c.classifier, set.Images, set.Labels, exps); err != nil || s.err() > 5 || !(s.certainty > 0 && s.certainty <= 1) {
		t.Errorf("%.1f %% wrong, certainty %g, %v", s.err(), s.certainty, err)
	}
	if claimed, _, err := claims(context.Background(), c.classifier, noise(100, 1), exps); err != nil || claimed > 0 {
		t.Errorf("noise is taken for a class in %.1f %%, %v", claimed, err)
	}
}

func TestFitEnds(t *testing.T) {
	set := blobs(100)
	net, err := train.Architecture("linear", digitShape, classes, train.ArchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err = fit(ctx, net, set, recipe{epochs: 50, rate: 0.1, batch: 10}, 1, func(done, _ int) {
		if done > 20 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	_, err = fit(context.Background(), net, set, recipe{epochs: 5, rate: math.MaxFloat32, batch: 10}, 1, quiet)
	if err == nil || !strings.Contains(err.Error(), "loss") {
		t.Errorf("an enormous rate: %v", err)
	}
}
