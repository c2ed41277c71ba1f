package preprocess

import (
	"slices"
	"testing"

	"hoodwink/tensor"
)

func bindPixels(t testing.TB, s Spec, n, h, w int, form Pixels) *Pipeline {
	t.Helper()
	p, err := s.BindPixels(n, h, w, form)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestReads: the gathered picture gives the same input and the same gradient, to the bit, and the
// gradient of every other pixel is 0, in the file's channels and in the network's own.
func TestReads(t *testing.T) {
	gathered := 0
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		for _, own := range []bool{false, true} {
			full := bindPixels(t, s, 2, h, w, Pixels{Own: own})
			small := bindPixels(t, s, 2, h, w, Pixels{Own: own, Read: true})
			reads := small.Reads()
			sh, sw := reads.Size()
			shape := []int{2, full.InShape()[1], sh, sw}
			if !slices.Equal(small.InShape(), shape) || !reads.All() && sh*sw == h*w || reads.All() && sh*sw != h*w {
				t.Fatalf("%+v: pictures of shape %v, want %v", reads, small.InShape(), shape)
			}
			if !reads.All() {
				gathered++
			}
			x, part := random(21, full.InShape()...), tensor.New(shape...)
			reads.Gather(nil, part.Data, x.Data)
			in, in2 := tensor.New(full.OutShape()...), tensor.New(full.OutShape()...)
			full.Forward(in, x)
			small.Forward(in2, part)
			if !slices.Equal(in.Data, in2.Data) {
				t.Fatalf("%+v: the gathered picture gives another input", reads)
			}
			d, dx, dpart := random(22, full.OutShape()...), tensor.New(full.InShape()...), tensor.New(shape...)
			full.Adjoint(dx, d)
			small.Adjoint(dpart, d)
			reads.Gather(nil, part.Data, dx.Data)
			if !slices.Equal(part.Data, dpart.Data) {
				t.Fatalf("%+v: the gathered picture has another gradient", reads)
			}
			rest := tensor.New(dx.Shape...)
			reads.Scatter(tensor.NewTeam(2), rest.Data, dpart.Data)
			if !slices.Equal(rest.Data, dx.Data) {
				t.Fatalf("%+v: pixels that are not read have a gradient", reads)
			}
		}
	})
	if gathered < 10 {
		t.Errorf("%d cases read only a part", gathered)
	}
}

// TestReadsOfAPhoto: of a large photo, a resize without antialiasing reads two rows and columns for
// each of the network's at most; one with antialiasing reads all.
func TestReadsOfAPhoto(t *testing.T) {
	s, _ := Preset("caffe", 224, 224)
	h, w := bind(t, s, 1, 3000, 4000).Reads().Size()
	if h > 448 || w > 448 || h < 224 || w < 224 {
		t.Errorf("%d x %d pixels are read", w, h)
	}
	s.Antialias = true
	if !bind(t, s, 1, 3000, 4000).Reads().All() {
		t.Error("antialiasing leaves pixels out")
	}
}

// TestGatherMask: any number of planes, with more rows than a thread takes at once; what is not read
// stays.
func TestGatherMask(t *testing.T) {
	r := Reads{Height: 300, Width: 5, Rows: []int{0}, Cols: []int{1, 4}}
	for y := 3; y < 300; y += 2 {
		r.Rows = append(r.Rows, y)
	}
	h, w := r.Size()
	for _, team := range []*tensor.Team{nil, tensor.NewTeam(3)} {
		large, small := random(1, 2, 300, 5), make([]float32, 2*h*w)
		want := slices.Clone(large.Data)
		r.Gather(team, small, large.Data)
		for p := range 2 {
			for i, y := range r.Rows {
				for j, x := range r.Cols {
					at := (p*300+y)*5 + x
					if small[(p*h+i)*w+j] != large.Data[at] {
						t.Fatalf("plane %d, row %d, column %d", p, y, x)
					}
					want[at] = -small[(p*h+i)*w+j]
				}
			}
		}
		for i := range small {
			small[i] = -small[i]
		}
		r.Scatter(team, large.Data, small)
		if !slices.Equal(large.Data, want) {
			t.Error("scattered to other places")
		}
	}
}

// TestRowsAndThreads: fewer pictures than the batch, and any number of threads, give the same bits.
func TestRowsAndThreads(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		one, many := bind(t, s, 3, h, w), bindPixels(t, s, 3, h, w, Pixels{Team: tensor.NewTeam(3)})
		x, in, in2 := random(31, 3, 3, h, w), tensor.New(one.OutShape()...), tensor.New(one.OutShape()...)
		one.Forward(in, x)
		many.Forward(in2, x)
		d, dx, dx2 := random(32, one.OutShape()...), tensor.New(3, 3, h, w), tensor.New(3, 3, h, w)
		one.Adjoint(dx, d)
		many.Adjoint(dx2, d)
		if !slices.Equal(in.Data, in2.Data) || !slices.Equal(dx.Data, dx2.Data) {
			t.Fatal("three threads give other bits than one")
		}
		two := tensor.FromSlice(x.Data[:2*3*h*w], 2, 3, h, w)
		clear(in2.Data)
		many.Forward(in2, two)
		if n := in.Len() / 3; !slices.Equal(in.Data[:2*n], in2.Data[:2*n]) || tensor.Linf(in2.Data[2*n:]) != 0 {
			t.Fatal("two of three pictures give another input")
		}
		many.Adjoint(two, d)
		if !slices.Equal(two.Data, dx.Data[:two.Len()]) {
			t.Fatal("two of three pictures have another gradient")
		}
	})
}
