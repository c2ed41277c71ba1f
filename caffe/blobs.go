package caffe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// A fill is the initial content of a blob that is not read from a file.
type fill int

const (
	zeros fill = iota
	ones
	quarter  // 0.25, the initial value of slopes
	heNormal // normal, with variance 2/(values for each output)
)

// A blobSource gives a layer its blobs, one after the other.
type blobSource interface {
	// blob returns the next blob in the shape wanted. Its contents may be shared
	// with others and must not be written to.
	blob(f fill, shape ...int) (*tensor.Tensor, error)

	// left is how many blobs there are still, -1 if as many are made as are asked for.
	left() int

	// finish checks that no blob is left over.
	finish() error
}

// given is the source of weights that were read from a file.
type given struct {
	blobs []*tensor.Tensor
	next  int
	file  string
}

func (g *given) blob(_ fill, shape ...int) (*tensor.Tensor, error) {
	i := g.next
	if g.next++; i >= len(g.blobs) {
		return nil, g.fail("it has %d blobs of weights, but needs another of shape %s", len(g.blobs), wording.Shape(shape))
	}
	b := g.blobs[i]
	if n, ok := tensor.CheckedSize(b.Shape, maxWeightsBytes); !ok || n != b.Len() {
		return nil, g.fail("blob %d has the shape %s but %d values", i, wording.Shape(b.Shape), b.Len())
	}
	if !slices.Equal(unpadded(b.Shape), unpadded(shape)) {
		return nil, g.fail("blob %d has the shape %s, wanted is %s", i, wording.Shape(b.Shape), wording.Shape(shape))
	}
	if at, ok := tensor.Finite(b.Data); !ok {
		return nil, g.fail("blob %d has the value %v at index %d of %d: these weights are broken", i, b.Data[at], at, b.Len())
	}
	return b.Reshape(shape...), nil
}

func (g *given) left() int { return max(0, len(g.blobs)-g.next) }

func (g *given) finish() error {
	if g.next < len(g.blobs) {
		return g.fail("it has %d blobs of weights, wanted are %d", len(g.blobs), g.next)
	}
	return nil
}

func (g *given) fail(format string, args ...any) error {
	return &Error{File: g.file, Err: fmt.Errorf(format, args...), hint: "do the definition and the weights belong together?"}
}

// unpadded drops the leading ones with which legacy shapes are filled up to four dimensions.
func unpadded(shape []int) []int {
	for len(shape) > 0 && shape[0] == 1 {
		shape = shape[1:]
	}
	return shape
}

// RandomWeights makes weights for every layer of the network that has any: normal ones with
// variance 2/(inputs of an output) for convolutions and inner products, biases of zero, and
// normalisation that changes nothing. They are a good start for training networks of rectifiers (He
// et al. 2015, Delving Deep into Rectifiers, arXiv:1502.01852). The same seed gives the same
// weights.
func (d *Definition) RandomWeights(seed uint64) (*Weights, error) {
	return d.randomWeights(seed, maxValues)
}

// randomWeights makes at most limit values.
func (d *Definition) randomWeights(seed uint64, limit int) (*Weights, error) {
	g, err := d.resolve()
	if err != nil {
		return nil, d.named(err)
	}
	w := &Weights{Name: d.Name}
	var made []*random
	_, err = d.build(g, func(n *node) blobSource {
		r := &random{seed: seed, stream: uint64(len(made)), budget: &limit, layer: NamedBlobs{Name: n.GetName(), Type: n.GetType()}}
		made = append(made, r)
		return r
	})
	if err != nil {
		return nil, err
	}
	for _, r := range made {
		if len(r.layer.Blobs) > 0 {
			w.Layers = append(w.Layers, r.layer)
		}
	}
	return w, nil
}

// random is the source of weights drawn for one layer.
type random struct {
	seed, stream uint64
	budget       *int // number of values that may still be made
	layer        NamedBlobs
}

func (r *random) blob(f fill, shape ...int) (*tensor.Tensor, error) {
	n, ok := tensor.CheckedSize(shape, *r.budget)
	if !ok {
		return nil, fmt.Errorf("weights of shape %s exceed the limit on all weights together", wording.Shape(shape))
	}
	*r.budget -= n
	t := tensor.New(shape...)
	switch f {
	case ones, quarter:
		v := float32(1)
		if f == quarter {
			v = 0.25
		}
		for i := range t.Data {
			t.Data[i] = v
		}
	case heNormal:
		rng := rand.New(rand.NewPCG(r.seed, r.stream))
		std := math.Sqrt(2 * float64(shape[0]) / float64(max(n, 1)))
		for i := range t.Data {
			t.Data[i] = float32(std * rng.NormFloat64())
		}
	}
	r.layer.Blobs = append(r.layer.Blobs, t)
	return t, nil
}

func (r *random) left() int { return -1 }

func (r *random) finish() error { return nil }
