package attacks_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hoodwink/attack/conform"
	"hoodwink/dataset"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// closedForms are the models of recorded cases by name.
var closedForms = map[string]func() *conform.Form{
	"linear":  func() *conform.Form { return conform.Linear([]int{3, 2, 2}, 4, 1, 2) },
	"layers":  func() *conform.Form { return conform.Layers([]int{3, 3, 3}, 8, 5, 2) },
	"sigmoid": func() *conform.Form { return oneOutput(conform.Linear([]int{1, 2, 3}, 2, 3, 4)) },
	"box": func() *conform.Form { // bounds inside [0,1]
		m := conform.Layers([]int{3, 2, 2}, 6, 3, 5)
		m.Lo, m.Hi = 0.125, 0.8
		return m
	},
	"wide": func() *conform.Form { // bounds outside [0,1]
		m := conform.Layers([]int{3, 2, 2}, 6, 3, 6)
		m.Lo, m.Hi = -1, 2
		return m
	},
	"steep": func() *conform.Form { return conform.Linear([]int{1, 2, 2}, 3, 7, 4000) }, // probabilities of 0 and 1
	"left":  leftForm,
	"dead":  deadForm,
	"flat": func() *conform.Form {
		m := conform.Linear([]int{1, 2, 2}, 3, 8, 0)
		m.Forward = func(logits, _ []float32) { copy(logits, []float32{0.5, 2, -1}) }
		return m
	},
	"nan logits":   func() *conform.Form { return spoilt(func(logits, _, x []float32) { spoilAbove(logits, x, 0.52) }) },
	"nan original": func() *conform.Form { return spoilt(func(logits, _, x []float32) { spoilAbove(logits, x, 0.5) }) },
	"inf gradient": func() *conform.Form { return spoilt(func(_, dx, x []float32) { spoilAbove(dx, x, 0.51) }) },
}

// oneOutput makes the first logit 0: a network with one sigmoid.
func oneOutput(m *conform.Form) *conform.Form {
	forward, backward := m.Forward, m.Backward
	m.Forward = func(logits, x []float32) {
		forward(logits, x)
		logits[0] = 0
	}
	m.Backward = func(dx, d, x []float32) { backward(dx, []float32{0, d[1]}, x) }
	return m
}

// leftForm does not read the right half of a picture.
func leftForm() *conform.Form {
	m := conform.Linear([]int{3, 2, 4}, 3, 9, 2)
	forward, backward := m.Forward, m.Backward
	left := func(x []float32, other float32) []float32 {
		y := slices.Clone(x)
		for i := range y {
			if i%4 >= 2 {
				y[i] = other
			}
		}
		return y
	}
	m.Forward = func(logits, x []float32) { forward(logits, left(x, 0.5)) }
	m.Backward = func(dx, d, x []float32) {
		backward(dx, d, x)
		copy(dx, left(dx, 0))
	}
	return m
}

// deadForm is linear where the first pixel is bright, and constant where it is dark: some pictures have a
// gradient from random starts only.
func deadForm() *conform.Form {
	m := conform.Linear([]int{1, 2, 3}, 3, 10, 3)
	forward, backward := m.Forward, m.Backward
	m.Forward = func(logits, x []float32) {
		if forward(logits, x); x[0] <= 0.45 {
			copy(logits, []float32{1, 0, 0})
		}
	}
	m.Backward = func(dx, d, x []float32) {
		if backward(dx, d, x); x[0] <= 0.45 {
			clear(dx)
		}
	}
	return m
}

// spoilt is a linear model with results that a function damages, for pictures that it chooses.
func spoilt(damage func(logits, dx, x []float32)) *conform.Form {
	m := conform.Linear([]int{1, 2, 3}, 3, 11, 1)
	forward, backward := m.Forward, m.Backward
	m.Forward = func(logits, x []float32) {
		forward(logits, x)
		damage(logits, nil, x)
	}
	m.Backward = func(dx, d, x []float32) {
		backward(dx, d, x)
		damage(nil, dx, x)
	}
	return m
}

// spoilAbove puts something that is no number into v if the first two pixels are bright.
func spoilAbove(v, x []float32, limit float32) {
	switch {
	case len(v) == 0 || (x[0]+x[1])/2 <= limit:
	case x[0] > x[1]:
		v[1] = float32(math.NaN())
	default:
		v[len(v)-1] = float32(math.Inf(-1))
	}
}

// pictures returns n pictures as a case names them. Those of closed forms have numbers that are exact.
func pictures(t testing.TB, kind string, shape []int, lo, hi float32, n int) *tensor.Tensor {
	x := tensor.New(slices.Concat([]int{n}, shape)...)
	rng := rand.New(rand.NewPCG(uint64(len(kind)), 15))
	word, count, _ := strings.Cut(kind, " ")
	number, _ := strconv.Atoi(count)
	switch word {
	case "noise", "levels": // anything between the bounds, or on a lattice
		conform.Noise(x.Data, lo, hi, number, rng)
	case "near": // a quarter of a level beside a lattice
		for i := range x.Data {
			x.Data[i] = (float32(rng.IntN(number-1)) + 0.25) / float32(number-1)
		}
	case "bounds":
		for i := range x.Data {
			x.Data[i] = lo
			if rng.IntN(2) == 1 {
				x.Data[i] = hi
			}
		}
	case "middle":
		for i := range x.Data {
			x.Data[i] = 0.5
		}
	case "drawings":
		if err := (dataset.Sketchbook{Seed: 14}).Batch(x, make([]int, n), 0); err != nil {
			t.Fatal(err)
		}
	case "digits", "cifar10":
		if err := dataPictures(x, word, filepath.Join(os.Getenv("HOODWINK_DATA"), "datasets")); err != nil {
			t.Fatal(err)
		}
	case "panda":
		path := filepath.Join(os.Getenv("HOODWINK_DATA"), "images", "n02510455_giant_panda.JPEG")
		pic, err := preprocess.ReadFile(path, preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		spec, err := preprocess.Preset("caffe", shape[2], shape[1])
		if err != nil {
			t.Fatal(err)
		}
		y, err := spec.Geometry(pic.Pixels)
		if err != nil {
			t.Fatal(err)
		}
		preprocess.Quantize(x.Data, y.Data)
	default:
		t.Fatalf("no pictures %q", kind)
	}
	return x
}

// dataPictures fills x with the first pictures of a data set.
func dataPictures(x *tensor.Tensor, word, dir string) error {
	if word == "digits" {
		set, err := dataset.MNIST(filepath.Join(dir, "mnist"), "t10k")
		if err == nil {
			copy(x.Data, set.Images.Data)
		}
		return err
	}
	f, err := os.Open(filepath.Join(dir, "cifar10", "test_batch_2000.bin.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	set, err := dataset.ReadCIFAR10(f, f.Name())
	for i := 0; err == nil && i < x.Batch(); i++ {
		_, err = set.Picture(x.Image(i), 0, i)
	}
	return err
}

// masks returns masks (N,1,H,W) as a case names them, nil for "".
func masks(t testing.TB, kind string, n int, shape []int) *tensor.Tensor {
	if kind == "" {
		return nil
	}
	h, w := shape[1], shape[2]
	mask := tensor.New(n, 1, h, w)
	rng := rand.New(rand.NewPCG(16, 16))
	for p := range n {
		image := mask.Image(p)
		for i := range image {
			on := false
			switch kind {
			case "left":
				on = i%w < (w+1)/2
			case "right":
				on = i%w >= w/2
			case "checker":
				on = (i/w+i%w+p)%2 == 0
			case "one":
				on = i == p%len(image)
			case "some": // at random, and one at least
				on = rng.IntN(2) == 1 || i == p%len(image)
			default:
				t.Fatalf("no mask %q", kind)
			}
			if on {
				image[i] = 1
			}
		}
	}
	return mask
}

// ranked returns the classes in the order of their logits, the top class first.
func ranked(logits []float32) []int {
	order := make([]int, len(logits))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch za, zb := logits[a], logits[b]; {
		case za > zb:
			return -1
		case za < zb:
			return 1
		}
		return 0
	})
	return order
}
