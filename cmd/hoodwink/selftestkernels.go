package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"hoodwink/dataset"
	"hoodwink/internal/kernel"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
)

// A kernelCheck says whether kernels give the same bits as the plain Go ones, which define them.
type kernelCheck struct {
	Name    string  `json:"name"`
	Active  bool    `json:"active"` // they are in use
	Passed  bool    `json:"passed"`
	Error   string  `json:"error,omitempty"`
	Seconds float64 `json:"seconds"`
}

// checkKernels has all kernels that this processor can run compute the same thing.
func checkKernels(ctx context.Context, compute func(context.Context) ([]float32, error)) ([]kernelCheck, error) {
	var list []kernelCheck
	var want []float32
	active := kernel.Active
	for _, set := range kernel.Available() { // the plain ones are the first
		began := time.Now()
		undo := kernel.Use(set)
		got, err := compute(ctx)
		undo()
		if err != nil {
			return nil, err
		}
		if want == nil {
			want = got
		}
		c := kernelCheck{Name: set.Name, Active: set == active, Passed: true, Seconds: time.Since(began).Seconds()}
		if i := firstOther(got, want); i >= 0 {
			c.Passed = false
			c.Error = fmt.Sprintf("value %d of %d is %g, and %g in plain Go", i, len(want), got[i], want[i])
		}
		list = append(list, c)
	}
	return list, nil
}

// firstOther returns the first index at which a and b have other bits, or -1.
func firstOther(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// embeddedResults returns what the embedded networks say of some drawings, and gradients of that.
func (a *app) embeddedResults(ctx context.Context) (results []float32, err error) {
	for _, name := range []string{store.Embedded, store.Embedded + "-hardened"} {
		m, err := store.Open(name, a.modelOptions())
		if err != nil {
			return nil, err
		}
		const n = 3
		c, err := m.Classifier(n, m.Spec.Height, m.Spec.Width, model.ClassifierOptions{Threads: a.threads})
		if err != nil {
			return nil, err
		}
		x := tensor.New(append([]int{n}, c.Shape()...)...)
		if err := (dataset.Sketchbook{Seed: 1}).Batch(x, make([]int, n), 0); err != nil {
			return nil, err
		}
		z, err := c.Ask(ctx, x, make([]uint64, n))
		if err != nil {
			return nil, err
		}
		results = append(results, z.Data...)
		d := tensor.New(z.Shape...)
		for i := range n {
			d.Image(i)[i] = 1
		}
		dx, err := c.Pull(ctx, d)
		if err != nil {
			return nil, err
		}
		results = append(results, dx.Data...)
	}
	return results, nil
}
