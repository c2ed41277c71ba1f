package preprocess

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/tensor"
)

// data returns the path of a file in the folder of references, or skips the test.
func data(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("HOODWINK_DATA")
	if dir == "" {
		t.Skip("HOODWINK_DATA is not set: the photos and their reference tensors are missing")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

func read(t testing.TB, path string) *Picture {
	t.Helper()
	p, err := ReadFile(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compare logs the largest and the mean difference of a and b in levels of 1/255 where
// white is the given value, and fails if they exceed the limits.
func compare(t *testing.T, a, b []float32, white, maxLimit, meanLimit float64) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d values, want %d", len(a), len(b))
	}
	var worst, sum float64
	at := -1
	for i := range a {
		d := math.Abs(float64(a[i])-float64(b[i])) * 255 / white
		if !(d <= worst) {
			worst, at = d, i
		}
		sum += d
	}
	mean := sum / float64(len(a))
	t.Logf("max %.3f of 255 at %d, mean %.4f", worst, at, mean)
	if !(worst <= maxLimit && mean <= meanLimit) {
		t.Errorf("max %.3f of 255 at %d, mean %.4f; want at most %g and %g", worst, at, mean, maxLimit, meanLimit)
	}
}

func goldens(t *testing.T, path string) *tensor.Tensor {
	t.Helper()
	shape, values, err := npy.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return tensor.FromSlice(values, shape...)
}

// TestPresetsAgainstReferences: network inputs made of JPEGs by other software. Its
// decoders and resizers are not all libjpeg's and ours, which the tolerance is for.
func TestPresetsAgainstReferences(t *testing.T) {
	for _, c := range []struct {
		preset      string
		size        int
		photo, file string
		white       float64
	}{
		{"caffe", 224, "n02510455_giant_panda.JPEG", "googlenet.panda.input.npy", 255},
		{"caffe", 224, "n02113023_Pembroke.JPEG", "googlenet.corgi.input.npy", 255},
		{"caffe", 224, "caffe_example_cat.jpg", "googlenet.caffe_cat.input.npy", 255},
		{"caffe-mean", 227, "n02510455_giant_panda.JPEG", "squeezenet.panda.input.npy", 255},
		{"torchvision", 224, "n02510455_giant_panda.JPEG", "torchvision.panda.pixels.npy", 1},
		{"torchvision", 224, "n01630670_common_newt.JPEG", "torchvision.newt.pixels.npy", 1},
	} {
		t.Run(c.preset+"/"+c.photo, func(t *testing.T) {
			pic := read(t, data(t, "images", c.photo))
			want := goldens(t, data(t, "golden", c.file))
			spec, err := Preset(c.preset, c.size, c.size)
			if err != nil {
				t.Fatal(err)
			}
			if c.preset == "torchvision" { // its reference is from before mean and std
				spec.Mean, spec.Std = nil, nil
			}
			h, w := pic.Size()
			p, err := spec.Bind(1, h, w)
			if err != nil {
				t.Fatal(err)
			}
			got := tensor.New(p.OutShape()...)
			p.Forward(got, pic.Pixels)
			compare(t, got.Data, want.Data, c.white, 4, 0.35)
		})
	}
}

// TestJPEGAgainstLibjpeg: the corner of photos with 4:2:0, 4:2:2 and 4:4:0 chroma.
func TestJPEGAgainstLibjpeg(t *testing.T) {
	for _, name := range []string{"n01630670_common_newt", "n02088364_beagle", "n03461385_grocery_store"} {
		t.Run(name, func(t *testing.T) {
			got := read(t, data(t, "images", name+".JPEG")).Pixels
			want := read(t, data(t, "golden", "decoded", name+".topleft240.png")).Pixels
			h, w := got.Shape[2], got.Shape[3]
			ch, cw := want.Shape[2], want.Shape[3]
			corner := tensor.New(1, 3, ch, cw)
			for i := range 3 * ch {
				c, y := i/ch, i%ch
				copy(corner.Data[i*cw:(i+1)*cw], got.Data[(c*h+y)*w:])
			}
			compare(t, corner.Data, want.Data, 1, 0, 0)
		})
	}
}
