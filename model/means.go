package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/caffe"
	"hoodwink/internal/files"
	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// maxMeanValues bounds a mean image: one of ImageNet has 196,608.
const maxMeanValues = 1 << 24

// A meanImage is the mean of every channel (blue, green, red, or gray) at every pixel of the
// pictures that a network was trained on, 0 to 255.
type meanImage struct {
	path  string
	image *tensor.Tensor // (C,H,W), or (C,1,1) for one value a channel
}

// readMean reads a mean image of Caffe's: a *.binaryproto, or the *.npy that its Python
// interface makes of one.
func (s Source) readMean(path string) (*meanImage, error) {
	fail := func(err error) (*meanImage, error) { return nil, fmt.Errorf("%s: %w", path, files.Cause(err)) }
	f, err := s.openFile(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if !strings.EqualFold(filepath.Ext(path), ".npy") {
		t, err := caffe.ReadMean(f)
		if err != nil {
			return fail(err)
		}
		return &meanImage{path, t}, nil
	}
	a, err := npy.ReadArray(f, maxMeanValues)
	if err != nil {
		return fail(err)
	}
	shape := a.Shape
	for len(shape) > 3 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) == 1 {
		shape = []int{shape[0], 1, 1}
	}
	if len(shape) != 3 || len(a.Data) == 0 {
		return fail(fmt.Errorf("an array of shape %v, want (channels, height, width) or (channels)", a.Shape))
	}
	if at, ok := tensor.Finite(a.Data); !ok {
		return fail(fmt.Errorf("the value %v at index %d", a.Data[at], at))
	}
	return &meanImage{path, tensor.FromSlice(a.Data, shape...)}, nil
}

// size returns height and width, 0 for one value a channel.
func (m *meanImage) size() (h, w int) {
	if m == nil || m.image.Shape[1]*m.image.Shape[2] == 1 {
		return 0, 0
	}
	return m.image.Shape[1], m.image.Shape[2]
}

// cut returns the h x w pixels in the centre, whose place is rounded as Caffe does.
func (m *meanImage) cut(h, w int) (*tensor.Tensor, error) {
	c, mh, mw := m.image.Shape[0], m.image.Shape[1], m.image.Shape[2]
	if mh < h || mw < w {
		return nil, fmt.Errorf("%s: the mean image is %dx%d (height x width), smaller than the network's input of %dx%d", m.path, mh, mw, h, w)
	}
	out := tensor.New(c, h, w)
	top, left := (mh-h)/2, (mw-w)/2
	for k := range c {
		for y := range h {
			copy(out.Data[(k*h+y)*w:], m.image.Data[(k*mh+top+y)*mw+left:][:w])
		}
	}
	return out, nil
}

// channelMeans returns the mean of each channel of an image (C,H,W).
func channelMeans(t *tensor.Tensor) []float32 {
	c := t.Shape[0]
	size := t.Len() / c
	means := make([]float32, c)
	for k := range means {
		sum := 0.0
		for _, v := range t.Data[k*size : (k+1)*size] {
			sum += float64(v)
		}
		means[k] = float32(sum / float64(size))
	}
	return means
}

// varies reports whether an image is anything but one value a channel.
func varies(t *tensor.Tensor) bool {
	size := t.Len() / t.Shape[0]
	for k := range t.Shape[0] {
		plane := t.Data[k*size : (k+1)*size]
		if slices.Max(plane)-slices.Min(plane) > 1e-4 {
			return true
		}
	}
	return false
}

// subtracting returns the network that begins with what a mean image is more than the means
// that the contract subtracts from every pixel of a channel.
func (m *meanImage) subtracting(net *nn.Network, spec preprocess.Spec) (*nn.Network, error) {
	if spec.Layout == preprocess.NHWC || m.image.Shape[0] != spec.Channels() {
		return nil, fmt.Errorf("%s: a mean image of %d channels does not fit pictures %v", m.path, m.image.Shape[0], spec.InputShape())
	}
	rest, err := m.cut(spec.Height, spec.Width)
	if err != nil {
		return nil, err
	}
	size := spec.Height * spec.Width
	for i := range rest.Data {
		k := i / size
		if spec.Mean != nil {
			rest.Data[i] -= spec.Mean[k]
		}
		if spec.Std != nil {
			rest.Data[i] /= spec.Std[k]
		}
	}
	if spec.Order == "RGB" {
		first, last := rest.Data[:size], rest.Data[2*size:]
		for i := range first {
			first[i], last[i] = last[i], first[i]
		}
	}
	nodes := net.Nodes()
	in := net.Input().Name
	less := in + " less its mean image"
	b := nn.NewBuilder(net.Name())
	b.Input(in, net.InputShape()...)
	b.Add("mean image", &nn.Binary{Op: nn.Sub, Const: rest}, []string{in}, []string{less})
	for _, n := range nodes {
		names := valueNames(n.In)
		for i := range names {
			if names[i] == in {
				names[i] = less
			}
		}
		b.Add(n.Name, n.Layer, names, valueNames(n.Out))
	}
	return b.Build(net.Output().Name)
}

func valueNames(vs []nn.Value) (list []string) {
	for _, v := range vs {
		list = append(list, v.Name)
	}
	return list
}

// meanFiles lists the mean images of a folder.
func meanFiles(dir string) []string {
	entries, _ := os.ReadDir(dir) // not a folder: nothing in it
	var list []string
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		stem := strings.TrimSuffix(name, filepath.Ext(name))
		switch filepath.Ext(name) {
		case ".binaryproto":
		case ".npy":
			if stem != "mean" && !strings.HasSuffix(stem, "_mean") {
				continue
			}
		default:
			continue
		}
		if path := filepath.Join(dir, e.Name()); files.Is(path) {
			list = append(list, path)
		}
	}
	return list
}
