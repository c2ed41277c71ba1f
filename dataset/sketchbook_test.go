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
// It changes when, and only when, drawings change: then the sketch network has to be
// made again (go generate ./model/sketch).
const goldenBook = "33339db4a73962f817f7d5db2b177c52e47b973be72b0f1f66df994727127f06"

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
			if sd := math.Sqrt(square/n - mean[seed]*mean[seed]); !(sd > 0.08) {
				t.Errorf("%s, seed %d: standard deviation of pixels %.3f, nothing to see", s.name, seed, sd)
			}
		}
		if lo, hi := slices.Min(mean[:]), slices.Max(mean[:]); !(hi-lo > 0.1) {
			t.Errorf("%s: mean brightness only varies from %.2f to %.2f", s.name, lo, hi)
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
