package preprocess

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A ResizeMode says how a picture of any size is brought to the network's size.
type ResizeMode string

const (
	// Stretch resizes to exactly Width x Height, whatever the proportions; with a ResizeTo,
	// to a square of that side, and cuts Width x Height out of the centre.
	Stretch ResizeMode = "stretch"

	// ShorterSide resizes so that the shorter side is ResizeTo, keeping the
	// proportions, and cuts Width x Height out of the centre.
	ShorterSide ResizeMode = "shorter-side"
)

// An Interpolation says how a picture is resampled.
type Interpolation string

const (
	Bilinear Interpolation = "bilinear" // the triangle filter; also what "" means

	// Bicubic is Keys's filter: with a = -0.5 under antialiasing, as in PIL, and with a = -0.75
	// without, as in OpenCV and PyTorch. Values that overshoot are not clipped, so that the map
	// stays linear.
	Bicubic Interpolation = "bicubic"

	Nearest Interpolation = "nearest" // the sample whose centre is nearest; never antialiased
)

// A Layout is the order of a network input's axes after the first.
type Layout string

const (
	NCHW Layout = "NCHW" // channels, rows, columns; also what "" means
	NHWC Layout = "NHWC" // rows, columns, channels, as TensorFlow has them
)

// maxSide bounds a network's input, so that a damaged model folder cannot ask for more memory than
// a machine has.
const maxSide = 1 << 14

// A Spec is the contract between a picture and a network. Its zero value is
// invalid; start from a [Preset] or fill in all of it.
//
// The network's value is (pixel*Scale - Mean)/Std with the pixel in [0,1]; Mean and
// Std have one value per network channel, in the network's order.
type Spec struct {
	Preset string `json:"preset,omitempty" yaml:"preset,omitempty"` // where it came from; documentation only

	Width  int `json:"width" yaml:"width"` // of the network's input
	Height int `json:"height" yaml:"height"`

	Resize ResizeMode `json:"resize" yaml:"resize"`
	// shorter side, or side of the square, before the crop
	ResizeTo int `json:"resize_to,omitempty" yaml:"resize_to,omitempty"`
	// widen the filter when shrinking, as PIL does
	Antialias bool `json:"antialias" yaml:"antialias"`

	Interpolation Interpolation `json:"interpolation,omitempty" yaml:"interpolation,omitempty"`

	Layout Layout `json:"layout,omitempty" yaml:"layout,omitempty"`
	// "RGB", "BGR", or "gray": one channel of ITU-R 601 luma
	Order string    `json:"order" yaml:"order"`
	Scale float32   `json:"scale" yaml:"scale"`                   // value of a white pixel before mean and std
	Mean  []float32 `json:"mean,omitempty" yaml:"mean,omitempty"` // nil means 0
	Std   []float32 `json:"std,omitempty" yaml:"std,omitempty"`   // nil means 1
}

// ParseSize reads the size of a picture as people write it: 224, or 320x240 for width and height.
// For "" it returns 0.
func ParseSize(text string) (width, height int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	w, h, two := strings.Cut(text, "x")
	if !two {
		h = w
	}
	width, wrong := strconv.Atoi(w)
	height, wrong2 := strconv.Atoi(h)
	if wrong != nil || wrong2 != nil || min(width, height) < 1 || max(width, height) > maxSide {
		return 0, 0, fmt.Errorf("%q is not the size of a picture: want one side or width x height, each 1 to %d", text, maxSide)
	}
	return width, height, nil
}

// presets, in the order of their list for users
var presets = []struct {
	name string
	spec Spec
}{
	{"caffe", Spec{Resize: Stretch, Order: "BGR", Scale: 255}},
	{"caffe-mean", Spec{Resize: Stretch, Order: "BGR", Scale: 255, Mean: []float32{104, 117, 123}}},
	{"torchvision", Spec{Resize: ShorterSide, Antialias: true, Order: "RGB", Scale: 1,
		Mean: []float32{0.485, 0.456, 0.406}, Std: []float32{0.229, 0.224, 0.225}}},
	{"raw", Spec{Resize: Stretch, Order: "RGB", Scale: 1}},
}

// Presets returns the names that [Preset] knows.
func Presets() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.name
	}
	return names
}

// Preset returns a well-known contract for a network whose input is width x height:
//
//   - "caffe": BGR, 0..255, no mean; bilinear stretch without antialiasing, half-pixel centres.
//   - "caffe-mean": the same, stretch included, minus the mean 104, 117, 123 (blue, green, red).
//   - "torchvision": RGB; antialiased bilinear resize of the shorter side to 256/224 of the
//     input's larger side, centre crop; mean .485 .456 .406, std .229 .224 .225.
//   - "raw": RGB in [0,1]; bilinear stretch without antialiasing.
func Preset(name string, width, height int) (Spec, error) {
	for _, p := range presets {
		if p.name != name {
			continue
		}
		s := p.spec
		s.Preset, s.Width, s.Height = name, width, height
		s.Mean, s.Std = slices.Clone(s.Mean), slices.Clone(s.Std)
		if s.Resize == ShorterSide {
			s.ResizeTo = (max(width, height)*256 + 112) / 224
		}
		return s, s.Validate()
	}
	return Spec{}, fmt.Errorf("preprocess: unknown preset %q; known are %s", name, strings.Join(Presets(), ", "))
}

// Channels returns the number of channels of the network's input: 1 for "gray", else 3.
func (s Spec) Channels() int {
	if s.Order == "gray" {
		return 1
	}
	return 3
}

// Over returns s with its zero fields taken from base. The fields about resizing belong together:
// if s has Resize, all of them come from s.
func (s Spec) Over(base Spec) Spec {
	if s.Preset == "" {
		s.Preset = base.Preset
	}
	if s.Width == 0 && s.Height == 0 {
		s.Width, s.Height = base.Width, base.Height
	}
	if s.Resize == "" {
		s.Resize, s.Antialias = base.Resize, s.Antialias || base.Antialias
		if s.ResizeTo == 0 {
			s.ResizeTo = base.ResizeTo
		}
		if s.Interpolation == "" {
			s.Interpolation = base.Interpolation
		}
	}
	if s.Layout == "" {
		s.Layout = base.Layout
	}
	if s.Order == "" {
		s.Order = base.Order
	}
	if s.Scale == 0 {
		s.Scale = base.Scale
	}
	if s.Mean == nil {
		s.Mean = slices.Clone(base.Mean)
	}
	if s.Std == nil {
		s.Std = slices.Clone(base.Std)
	}
	return s
}

// InputShape returns the shape of the network's input for one picture.
func (s Spec) InputShape() []int {
	if s.Layout == NHWC {
		return []int{s.Height, s.Width, s.Channels()}
	}
	return []int{s.Channels(), s.Height, s.Width}
}

// AtModel returns the contract for pictures that already have the network's size, such
// as those of [Spec.Geometry]: s without its resizing and cropping.
func (s Spec) AtModel() Spec {
	s.Resize, s.ResizeTo, s.Antialias, s.Interpolation = Stretch, 0, false, ""
	return s
}

// Validate reports what is wrong with s, if anything.
func (s Spec) Validate() error {
	bad := func(format string, args ...any) error {
		name := s.Preset
		if name == "" {
			name = "custom"
		}
		return fmt.Errorf("preprocess: preset %s: %s", name, fmt.Sprintf(format, args...))
	}
	if s.Width < 1 || s.Height < 1 || s.Width > maxSide || s.Height > maxSide {
		return bad("network input %d x %d, want 1 to %d a side", s.Width, s.Height, maxSide)
	}
	if s.Resize != Stretch && s.Resize != ShorterSide {
		return bad("resize %q, want %q or %q", s.Resize, Stretch, ShorterSide)
	}
	big := max(s.Width, s.Height)
	if (s.Resize == ShorterSide || s.ResizeTo != 0) && (s.ResizeTo < big || s.ResizeTo > 2*maxSide) {
		return bad("resize_to %d, want %d (the crop's larger side) to %d", s.ResizeTo, big, 2*maxSide)
	}
	switch s.Interpolation {
	case "", Bilinear, Bicubic, Nearest:
	default:
		return bad("interpolation %q, want %q, %q or %q", s.Interpolation, Bilinear, Bicubic, Nearest)
	}
	if s.Layout != "" && s.Layout != NCHW && s.Layout != NHWC {
		return bad("layout %q, want %q or %q", s.Layout, NCHW, NHWC)
	}
	if s.Order != "RGB" && s.Order != "BGR" && s.Order != "gray" {
		return bad(`channel order %q, want "RGB", "BGR" or "gray"`, s.Order)
	}
	if !(s.Scale > 0) || math.IsInf(float64(s.Scale), 0) {
		return bad("scale %v, want a positive number (1 for pixels in [0,1], 255 for 0..255)", s.Scale)
	}
	if n := len(s.Mean); n != 0 && n != s.Channels() {
		return bad("%d means for %d channels", n, s.Channels())
	}
	if n := len(s.Std); n != 0 && n != s.Channels() {
		return bad("%d standard deviations for %d channels", n, s.Channels())
	}
	for _, v := range s.Mean {
		if v-v != 0 {
			return bad("mean %v is not finite", s.Mean)
		}
	}
	for _, v := range s.Std {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			return bad("standard deviations %v, want positive numbers", s.Std)
		}
	}
	return nil
}
