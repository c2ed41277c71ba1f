package hoodwink

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// halves opens a network that takes gray, and writes the same scene, brighter on the left, as a gray
// picture of 8 and of 16 bits, and in colours.
func halves(t *testing.T) (m *model.Model, pictures map[string]string) {
	t.Helper()
	spec := preprocess.Spec{Width: testnet.Side, Height: testnet.Side, Resize: preprocess.Stretch, Order: "gray", Scale: 1}
	m, err := model.New("halves", testnet.Halves(), spec, []string{"left", "right"})
	if err != nil {
		t.Fatal(err)
	}
	r := image.Rect(0, 0, 14, 11)
	gray, deep, colours := image.NewGray(r), image.NewGray16(r), image.NewNRGBA(r)
	for y := range r.Dy() {
		for x := range r.Dx() {
			level := uint8(100 + (7*x+13*y)%31)
			if x < r.Dx()/2 {
				level += 3
			}
			gray.SetGray(x, y, color.Gray{Y: level})
			deep.SetGray16(x, y, color.Gray16{Y: 257*uint16(level) + 90})
			colours.SetNRGBA(x, y, color.NRGBA{R: level + 40, G: level - 9, B: level - 50, A: 255})
		}
	}
	pictures = map[string]string{}
	for name, img := range map[string]image.Image{"gray": gray, "deep": deep, "colours": colours} {
		var file bytes.Buffer
		if err := png.Encode(&file, img); err != nil {
			t.Fatal(err)
		}
		pictures[name] = filepath.Join(t.TempDir(), name+".png")
		if err := os.WriteFile(pictures[name], file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m, pictures
}

// grayFile checks that a file is a gray PNG that holds pixels (1,1,H,W), and that a model sees the same
// in the file as in them. It returns the logits.
func grayFile(t *testing.T, m *model.Model, path string, x *tensor.Tensor) []float32 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if kind := data[25]; kind != 0 {
		t.Errorf("a PNG of colour type %d, want 0, gray", kind)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	pix := img.(*image.Gray).Pix
	for i, v := range x.Data {
		if v != float32(pix[i])/255 {
			t.Fatalf("value %d is %v, %d in the file", i, v, pix[i])
		}
	}
	pic, err := preprocess.ReadFile(path, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	logits, err := p.Logits(pic)
	if err != nil {
		t.Fatal(err)
	}
	if own, err := p.Pixels(x); err != nil || !slices.Equal(own, logits) {
		t.Errorf("the file has the logits %v, its pixels %v (%v)", logits, own, err)
	}
	return logits
}

// TestFoolGray: a network that takes gray is attacked in one channel, in every norm; the file is a gray
// PNG, and sizes are those of one channel.
func TestFoolGray(t *testing.T) {
	m, pictures := halves(t)
	for _, norm := range attack.Norms() {
		norm, err := attack.ParseNorm(norm)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gray", "deep", "colours"} {
			for _, atModel := range []bool{false, true} {
				if norm.Counts() != "" && name == "deep" && !atModel {
					continue // rounding alone changes every pixel
				}
				t.Run(fmt.Sprint(norm, " ", name, " ", atModel), func(t *testing.T) {
					r := FoolRequest{Model: m, Input: pictures[name], Output: filepath.Join(t.TempDir(), "out.png"), AtModel: atModel,
						Criterion: Become(m, 1, 0), Norm: norm, Eps: norm.DefaultEps(), Attack: attacks.BIM{Steps: 40}}
					res, err := Fool(context.Background(), r)
					if err != nil {
						t.Fatal(err)
					}
					h, w := 11, 14
					if atModel {
						h, w = testnet.Side, testnet.Side
					}
					if want := []int{1, 1, h, w}; !slices.Equal(res.Original.Shape, want) || !slices.Equal(res.Adversarial.Shape, want) {
						t.Fatalf("shapes %v and %v, want %v", res.Original.Shape, res.Adversarial.Shape, want)
					}
					if logits := grayFile(t, m, r.Output, res.Adversarial); tensor.Argmax(logits) != 1 || res.Verdict != report.Fooled {
						t.Errorf("%s, logits %v", res.Verdict, logits)
					}
					if size := norm.Distance(res.Adversarial.Data, res.Original.Data, 1); !(size > 0 && size <= r.Eps*(1+1e-6)) {
						t.Errorf("the change measures %g, allowed is %g", size, r.Eps)
					}
					l2, l0 := attack.L2.Distance(res.Adversarial.Data, res.Original.Data, 1), int(attack.L0.Distance(res.Adversarial.Data, res.Original.Data, 1))
					if !(math.Abs(res.L2-l2) < 1e-5) || res.L0 != l0 {
						t.Errorf("L2 %g and L0 %d in the record, %g and %d measured", res.L2, res.L0, l2, l0)
					}
					if res.Gray != (name == "colours") {
						t.Errorf("made gray: %v", res.Gray)
					}
					p, err := res.images()
					if err != nil {
						t.Fatal(err)
					}
					for i, img := range []image.Image{p.original, p.perturbation, p.adversarial, p.gradient} {
						if c := img.At(3, 4).(color.RGBA); c.R != c.G || c.G != c.B {
							t.Errorf("picture %d shows %v", i, c)
						}
					}
				})
			}
		}
	}
}

// TestFoolGrayOriginal: what is attacked of a picture in colours is the brightness that the network sees
// in it, rounded once.
func TestFoolGrayOriginal(t *testing.T) {
	m, pictures := halves(t)
	pic, err := preprocess.ReadFile(pictures["colours"], preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r := FoolRequest{Model: m, Picture: pic, AtModel: true}
	x, err := r.Pixels()
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := m.Spec.Bind(1, 11, 14)
	if err != nil {
		t.Fatal(err)
	}
	sees := tensor.New(pipeline.OutShape()...)
	pipeline.Forward(sees, pic.Pixels)
	for i, v := range x.Data {
		if d := 255 * (v - sees.Data[i]); !(max(d, -d) <= 0.501) || v != float32(preprocess.Level(v))/255 {
			t.Errorf("value %d is %v, the network sees %v", i, v, sees.Data[i])
		}
	}
	r.AtModel = false
	if x, err = r.Pixels(); err != nil || !slices.Equal(x.Data, m.Spec.Own(pic.Pixels).Data) {
		t.Errorf("other pixels than the picture's own (%v)", err)
	}
}

// TestFoolGrayCopies a picture that is already what it is to be: a gray one as it is, one of 16 bits
// rounded, one with colours made gray.
func TestFoolGrayCopies(t *testing.T) {
	m, pictures := halves(t)
	for name, picture := range pictures {
		r := FoolRequest{Model: m, Input: picture, Output: filepath.Join(t.TempDir(), "out.png"), Criterion: Become(m, 0, 0), Eps: 8. / 255}
		res, err := Fool(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		grayFile(t, m, r.Output, res.Adversarial)
		rounded := res.Original.Clone()
		preprocess.Quantize(rounded.Data, rounded.Data)
		if !slices.Equal(res.Adversarial.Data, rounded.Data) || res.Verdict != report.NothingToDo || res.Gray != (name == "colours") || (res.L0 == 0) != (name != "deep") {
			t.Errorf("%s: %s, %d values changed, made gray: %v", name, res.Verdict, res.L0, res.Gray)
		}
	}
}

// TestFoolGrayMask: a mask, which is a picture of three channels, holds pixels of one.
func TestFoolGrayMask(t *testing.T) {
	m, pictures := halves(t)
	mask := tensor.New(1, 3, 11, 14)
	for i := range mask.Data {
		mask.Data[i] = float32(i % 14 / 7) // the right half
	}
	r := FoolRequest{Model: m, Input: pictures["colours"], Output: filepath.Join(t.TempDir(), "out.png"), Criterion: Become(m, 1, 0), Norm: attack.L2, Eps: 2,
		Mask: &preprocess.Picture{Pixels: mask}}
	res, err := Fool(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !res.SuccessFile || res.Masked != 77 {
		t.Errorf("%s, %d pixels may change", res.Verdict, res.Masked)
	}
	grayFile(t, m, r.Output, res.Adversarial)
	for i, v := range res.Adversarial.Data {
		if mask.Data[i] == 0 && v != res.Original.Data[i] {
			t.Fatalf("value %d is %v, was %v, and must stay", i, v, res.Original.Data[i])
		}
	}
}

// TestFoolGrayLarge: of a large gray picture only the pixels that the network reads change, and the file,
// which image/png does not write, is gray as well.
func TestFoolGrayLarge(t *testing.T) {
	m, _ := halves(t)
	const h, w = 1030, 1024
	x := tensor.New(1, 3, h, w)
	for i := range x.Data {
		x.Data[i] = float32(120+i%w%5-6*(i%w/(w/2))) / 255
	}
	for _, norm := range []attack.Norm{attack.Linf, attack.L0} {
		r := FoolRequest{Model: m, Input: "gray.png", Picture: &preprocess.Picture{Pixels: x}, Output: filepath.Join(t.TempDir(), "out.png"),
			Criterion: Become(m, 1, 0), Norm: norm, Eps: norm.DefaultEps()}
		values := 0
		r.Observe = func(s attack.Step) { values = len(s.Pixels) }
		res, err := Fool(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if grayFile(t, m, r.Output, res.Adversarial); res.Verdict != report.Fooled || res.L0 == 0 || res.L0 > values || values > 16*16 {
			t.Errorf("%v: %s, %d values changed of %d", norm, res.Verdict, res.L0, values)
		}
		if b := res.Gradient.Bounds(); b.Dx() != w || b.Dy() != h {
			t.Errorf("%v: a gradient of %v", norm, b)
		}
	}
}

// TestGradientGray: the gradient of a network that takes gray has one channel, whatever the picture has,
// and is the sum over three equal ones.
func TestGradientGray(t *testing.T) {
	m, pictures := halves(t)
	for _, name := range []string{"gray", "colours"} {
		pic, err := preprocess.ReadFile(pictures[name], preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := Gradient(m, pic.Pixels, 1, attack.Margin, 1)
		if err != nil {
			t.Fatal(err)
		}
		own := m.Spec.Own(pic.Pixels)
		again, err := Gradient(m, own, 1, attack.Margin, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(g.Pixels.Shape, []int{1, 1, 11, 14}) || !slices.Equal(g.Pixels.Data, again.Pixels.Data) {
			t.Fatalf("%s: shape %v", name, g.Pixels.Shape)
		}
		c, err := m.Classifier(1, 11, 14, model.ClassifierOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, _, three, err := attack.Gradient(context.Background(), c, preprocess.RGB(own).Data, attack.Margin, Become(m, 1, 0))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range g.Pixels.Data {
			if sum := three[i] + three[i+154] + three[i+308]; !(math.Abs(float64(v-sum)) <= 1e-5) {
				t.Fatalf("%s: gradient %g at %d, want %g", name, v, i, sum)
			}
		}
	}
	if _, err := Gradient(m, tensor.New(1, 2, 11, 14), 1, attack.Margin, 1); err == nil {
		t.Error("two channels are taken")
	}
}

// TestFoolDigit fools a real network of MNIST with real digits: the sizes are those of 784 values.
func TestFoolDigit(t *testing.T) {
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	if models == "" || data == "" {
		t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: real digits are not tried")
	}
	m, err := store.Open("mnist_fgsm", store.Options{Dir: models})
	if err != nil {
		t.Skip(err)
	}
	dir, ok := dataset.FindMNIST(data)
	if !ok {
		t.Skip("no MNIST in HOODWINK_DATA")
	}
	digits, err := dataset.MNIST(dir, "t10k")
	if err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(t.TempDir(), "seven.png")
	x := tensor.FromSlice(digits.Images.Image(0), 1, 1, 28, 28)
	if err := preprocess.WritePNG(input, x, nil); err != nil {
		t.Fatal(err)
	}
	for norm, eps := range map[attack.Norm]float64{attack.Linf: 0.45, attack.L2: 6, attack.L1: 60, attack.L0: 120} {
		r := FoolRequest{Model: m, Input: input, Output: filepath.Join(t.TempDir(), "out.png"), Criterion: Leave(m, digits.Labels[0]), Norm: norm, Eps: eps, Attack: attacks.BIM{Steps: 200}}
		res, err := Fool(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		grayFile(t, m, r.Output, res.Adversarial)
		size := norm.Distance(res.Adversarial.Data, x.Data, 1)
		t.Logf("%v: %s, %s; size %g, L2 %.3f, L0 %d", norm, res.Verdict, res.Top[0].Label, size, res.L2, res.L0)
		if !res.SuccessFile || !(size <= eps*(1+1e-6)) {
			t.Errorf("%v: %s, a change of %g, allowed is %g", norm, res.Verdict, size, eps)
		}
	}
}
