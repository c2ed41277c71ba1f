package lab

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// grayRun attacks a picture with colours on a network that takes gray.
func grayRun(t *testing.T, c *client, at string) Run {
	t.Helper()
	x := tensor.New(1, 3, 12, 18)
	for i := range x.Data {
		x.Data[i] = float32(90+40*(i/216)+i%18%9*3) / 255
	}
	var b bytes.Buffer
	if err := preprocess.EncodePNG(&b, x, nil); err != nil {
		t.Fatal(err)
	}
	var p Picture
	c.call("POST", "/api/pictures?name=colours.png", b.Bytes(), http.StatusCreated, &p)
	c.call("POST", "/api/models?name=halves-"+at+"&preset=raw", testnet.ONNX(testnet.Halves()), http.StatusCreated, nil)
	var s Steepness
	c.call("POST", "/api/gradient", map[string]any{"picture": p.ID, "model": "halves-" + at, "class": 1, "at": at}, 200, &s)
	if !(s.L1 > 0) {
		t.Errorf("a gradient of %g", s.L1)
	}
	var r Run
	c.call("POST", "/api/runs", map[string]any{"picture": p.ID, "model": "halves-" + at, "as": 1, "prob": 0.9, "eps": "20/255", "at": at, "keep": true}, http.StatusCreated, &r)
	r = untilEnd(t, c, r.ID)
	if r.State != Done || !r.Result.SuccessFile || !r.Result.Gray || r.Result.L0 > r.Width*r.Height {
		t.Fatalf("%s, %+v, %+v", r.State, r.Result, r.Problem)
	}
	return r
}

// TestGrayRun: the file is a gray PNG, and the pictures of the steps are gray.
func TestGrayRun(t *testing.T) {
	_, c := serveLab(t, Options{})
	for _, at := range []string{"picture", "model"} {
		r := grayRun(t, c, at)
		path := "/api/runs/" + r.ID
		if file := c.call("GET", path+"/result.png", nil, 200, nil); file[25] != 0 {
			t.Errorf("at %s: a PNG of colour type %d, want 0, gray", at, file[25])
		}
		for _, name := range []string{"/steps/1/picture.png", "/steps/1/change.png", "/steps/1/gradient.png"} {
			img, err := png.Decode(bytes.NewReader(c.call("GET", path+name, nil, 200, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if img.Bounds() != image.Rect(0, 0, r.Width, r.Height) {
				t.Errorf("at %s: %s is %v", at, name, img.Bounds())
			}
			if shades := grays(t, name, img); shades < 2 {
				t.Errorf("at %s: %s has %d shades", at, name, shades)
			}
		}
		if page := string(c.call("GET", path+"/report.html", nil, 200, nil)); !strings.Contains(page, "The network sees no colours") || !strings.Contains(page, "made gray") {
			t.Errorf("at %s: the page does not say that the picture was made gray", at)
		}
	}
}

// grays counts the shades of a picture, which must be gray.
func grays(t *testing.T, name string, img image.Image) int {
	t.Helper()
	shades := map[uint8]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			if c.R != c.G || c.R != c.B {
				t.Fatalf("%s: %v at %d, %d", name, c, x, y)
			}
			shades[c.R] = true
		}
	}
	return len(shades)
}

// TestGrayInBrowser: the workbench says, in both languages, that the picture was made gray.
func TestGrayInBrowser(t *testing.T) {
	_, c := serveLab(t, Options{})
	r := grayRun(t, c, "picture")
	b := browse(t, c)
	for lang, want := range map[string]string{"en": "sees no colours", "zh": "看不到颜色"} {
		b.open("/?run=" + r.ID + "&lang=" + lang)
		b.wait(`document.querySelector("#gray-note") !== null`)
		if said := b.text(`document.querySelector("#gray-note").textContent`); !strings.Contains(said, want) {
			t.Errorf("in %s: %q", lang, said)
		}
		b.shoot("gray-" + lang)
	}
	b.quiet()
}
