package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// goldenBook is the SHA-256 of the first 200 pictures of book 1, rounded to 8 bits.
// It changes when, and only when, drawings change: then the embedded networks have to be
// made again (go generate ./model).
const goldenBook = "c0cb1e512f84da7151c33927416e6d94bb8183965df603d406dbf70c76b8c819"

func TestSketchbookGolden(t *testing.T) {
	x, labels := tensor.New(200, 3, SketchSize, SketchSize), make([]int, 200)
	if err := (Sketchbook{Seed: 1}).Batch(x, labels, 0); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for n := range labels {
		if labels[n] != n%len(sketches) {
			t.Fatalf("picture %d has label %d", n, labels[n])
		}
		for _, v := range x.Image(n) {
			h.Write([]byte{preprocess.Level(v)})
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != goldenBook {
		t.Errorf("the first pictures of book 1 hash to %s, want %s", got, goldenBook)
	}
}

// Pictures depend on the book's seed and their index, not on how they are asked for.
func TestSketchbookIndexing(t *testing.T) {
	book := Sketchbook{Seed: 3, Size: 32}
	all, one := tensor.New(6, 3, 32, 32), tensor.New(1, 3, 32, 32)
	if err := book.Batch(all, nil, 40); err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		if err := book.Batch(one, nil, 40+uint64(n)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one.Data, all.Image(n)) {
			t.Errorf("picture %d differs when drawn alone", n)
		}
		class, seed := book.Key(40 + uint64(n))
		if x, err := Draw(class, seed, 32); err != nil || !slices.Equal(x.Data, one.Data) {
			t.Errorf("picture %d differs from Draw(Key): %v", n, err)
		}
	}
	if err := (Sketchbook{Seed: 4, Size: 32}).Batch(one, nil, 40); err != nil || slices.Equal(one.Data, all.Image(0)) {
		t.Errorf("another seed gives the same picture (%v)", err)
	}
}

// A large drawing is the same scene as a small one: averaged down they agree up to the grain.
func TestDrawSameSceneAtEverySize(t *testing.T) {
	for class := range sketches {
		small, err := Draw(class, 11, 64)
		if err != nil {
			t.Fatal(err)
		}
		large, err := Draw(class, 11, 256)
		if err != nil {
			t.Fatal(err)
		}
		var diff float64
		for c := range 3 {
			for y := range 64 {
				for x := range 64 {
					var sum float64
					for i := range 16 {
						sum += float64(large.Data[(c*256+4*y+i/4)*256+4*x+i%4])
					}
					diff += math.Abs(sum/16 - float64(small.Data[(c*64+y)*64+x]))
				}
			}
		}
		if diff /= 3 * 64 * 64; !(diff < 0.03) {
			t.Errorf("%s: mean difference %.3f between 256 and 64 pixels", sketches[class].name, diff)
		}
	}
}

// Every class stands out of its backdrop, is lit and coloured in many ways, and stays in range.
func TestSketchesVary(t *testing.T) {
	for class, s := range sketches {
		var mean [24]float64
		for seed := range mean {
			x, err := Draw(class, uint64(seed), 32)
			if err != nil {
				t.Fatal(err)
			}
			var sum, square float64
			for _, v := range x.Data {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("%s: value %g", s.name, v)
				}
				sum += float64(v)
				square += float64(v) * float64(v)
			}
			n := float64(x.Len())
			mean[seed] = sum / n
			if sd := math.Sqrt(square/n - mean[seed]*mean[seed]); !(sd > 0.05) {
				t.Errorf("%s, seed %d: standard deviation of pixels %.3f, nothing to see", s.name, seed, sd)
			}
		}
		if lo, hi := slices.Min(mean[:]), slices.Max(mean[:]); !(hi-lo > 0.1) {
			t.Errorf("%s: mean brightness only varies from %.2f to %.2f", s.name, lo, hi)
		}
	}
}

// Every class can be drawn at every size, and no two seeds give the same picture.
func TestDrawEverySize(t *testing.T) {
	for class, s := range sketches {
		for _, size := range []int{MinSketchSize, 16, 33, 64, 512} {
			a, err := Draw(class, 5, size)
			if err != nil {
				t.Fatalf("%s, %d pixels: %v", s.name, size, err)
			}
			if size > 64 {
				continue
			}
			b, err := Draw(class, 6, size)
			if err != nil || slices.Equal(a.Data, b.Data) {
				t.Errorf("%s, %d pixels: seeds 5 and 6 give the same picture (%v)", s.name, size, err)
			}
		}
	}
}

// Weights are the shares of the classes, in every run of pictures.
func TestSketchbookWeights(t *testing.T) {
	w := make([]float64, len(sketches))
	for class := range w {
		w[class] = 1
	}
	w[4], w[7] = 10, 0
	const n = 240 // ten times the sum of the weights
	book := Sketchbook{Seed: 9, Weights: w}
	for _, first := range []uint64{0, 1000, 1 << 40} {
		count := make([]float64, len(w))
		for i := range uint64(n) {
			class, _ := book.Key(first + i)
			count[class]++
		}
		for class, c := range count {
			if want := 10 * w[class]; math.Abs(c-want) > 3 || w[class] == 0 && c != 0 {
				t.Errorf("from picture %d: %v of %d are of class %d, want about %v", first, c, n, class, want)
			}
		}
	}
	x, labels := tensor.New(3, 3, SketchSize, SketchSize), make([]int, 3)
	if err := book.Batch(x, labels, 50); err != nil {
		t.Fatal(err)
	}
	for i, got := range labels {
		if want, _ := book.Key(50 + uint64(i)); got != want {
			t.Errorf("picture %d has label %d, its key says %d", 50+i, got, want)
		}
	}
	one := make([]float64, len(sketches))
	one[len(one)-1] = 1e-300
	if class, _ := (Sketchbook{Weights: one}).Key(77); class != len(one)-1 {
		t.Errorf("the only class with a weight is %d, drawn is %d", len(one)-1, class)
	}
	for name, bad := range map[string][]float64{
		"too few": {1, 2}, "none": {}, "all zero": make([]float64, len(sketches)), "negative": slices.Replace(slices.Clone(w), 3, 4, -1.0),
		"not a number": slices.Replace(slices.Clone(w), 3, 4, math.NaN()), "infinite": slices.Replace(slices.Clone(w), 3, 4, math.Inf(1)),
	} {
		if err := (Sketchbook{Weights: bad}).Batch(x, nil, 0); err == nil {
			t.Errorf("weights %s: no error", name)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, c := range []struct{ class, size int }{{-1, 64}, {len(sketches), 64}, {0, 0}, {0, 7}, {0, 1 << 20}} {
		if _, err := Draw(c.class, 1, c.size); err == nil {
			t.Errorf("Draw(%d, 1, %d): no error", c.class, c.size)
		}
	}
	if err := (Sketchbook{}).Batch(tensor.New(2, 3, 32, 32), nil, 0); err == nil {
		t.Error("a batch of the wrong size: no error")
	}
	if err := (Sketchbook{}).Batch(tensor.New(2, 3, 64, 64), make([]int, 1), 0); err == nil {
		t.Error("too few labels: no error")
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, size := range []int{64, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dst := make([]float32, 3*size*size)
			for i := 0; b.Loop(); i++ {
				sketch(dst, i%len(sketches), uint64(i), size)
			}
		})
	}
}

func ExampleSketchbook() {
	book := Sketchbook{Seed: 1}
	x, labels := tensor.New(3, 3, SketchSize, SketchSize), make([]int, 3)
	if err := book.Batch(x, labels, 0); err != nil {
		panic(err)
	}
	for _, l := range labels {
		fmt.Println(SketchClasses()[l])
	}
	// Output:
	// giant panda
	// vulture
	// ostrich
}
