package caffe

import (
	"errors"
	"fmt"

	"hoodwink/internal/pb"
	"hoodwink/tensor"
)

var errNoLabel = errors.New("it is a label")

// inputDims is the shape of an Input layer's top: one for all, or one for each.
func inputDims(l *pb.LayerParameter, top int) ([]int64, error) {
	shapes := l.GetInputParam().GetShape()
	if len(shapes) > 1 && len(shapes) != len(l.Top) {
		return nil, fmt.Errorf("layer %q has %d shapes for %d tops", l.GetName(), len(shapes), len(l.Top))
	}
	switch {
	case len(shapes) == 0:
		return nil, fmt.Errorf("layer %q gives it no shape", l.GetName())
	case len(shapes) == 1:
		return shapes[0].Dim, nil
	}
	return shapes[top].Dim, nil
}

// pictureDims is the shape of a data layer's pictures, given height and width.
func pictureDims(l *pb.LayerParameter, top int, gray bool, height, width uint32) ([]int64, error) {
	if top > 0 {
		return nil, errNoLabel
	}
	if height == 0 || width == 0 {
		return noDims(l, top)
	}
	channels := int64(colours) // unless the weights say otherwise
	if gray || l.GetTransformParam().GetForceGray() {
		channels = 1
	}
	return []int64{1, channels, int64(height), int64(width)}, nil
}

// dataDims is the size of the crop of pictures from a database, which count as coloured.
func dataDims(l *pb.LayerParameter, top int) ([]int64, error) {
	crop := l.GetTransformParam().GetCropSize()
	return pictureDims(l, top, false, crop, crop)
}

func imageDataDims(l *pb.LayerParameter, top int) ([]int64, error) {
	p := l.GetImageDataParam()
	height, width := p.GetNewHeight(), p.GetNewWidth()
	if crop := l.GetTransformParam().GetCropSize(); crop > 0 {
		height, width = crop, crop
	}
	return pictureDims(l, top, !p.GetIsColor(), height, width)
}

func memoryDataDims(l *pb.LayerParameter, top int) ([]int64, error) {
	p := l.GetMemoryDataParam()
	if top > 0 {
		return nil, errNoLabel
	}
	height, width := p.GetHeight(), p.GetWidth()
	if crop := l.GetTransformParam().GetCropSize(); crop > 0 {
		height, width = crop, crop
	}
	return []int64{int64(p.GetBatchSize()), int64(p.GetChannels()), int64(height), int64(width)}, nil
}

// annotatedDataDims is the size of the pictures in SSD's data layers.
func annotatedDataDims(l *pb.LayerParameter, top int) ([]int64, error) {
	p := l.GetTransformParam()
	height, width := p.GetResizeParam().GetHeight(), p.GetResizeParam().GetWidth()
	if crop := p.GetCropSize(); crop > 0 {
		height, width = crop, crop
	}
	return pictureDims(l, top, false, height, width)
}

// dummyDataDims is the shape of random data, which networks for timing use.
func dummyDataDims(l *pb.LayerParameter, top int) ([]int64, error) {
	p := l.GetDummyDataParam()
	if n := len(p.GetShape()); n > 0 {
		return p.Shape[min(top, n-1)].Dim, nil
	}
	var dims []int64
	for _, list := range [][]uint32{p.GetNum(), p.GetChannels(), p.GetHeight(), p.GetWidth()} {
		if len(list) == 0 {
			return noDims(l, top)
		}
		dims = append(dims, int64(list[min(top, len(list)-1)]))
	}
	return dims, nil
}

// colours is how many channels pictures have unless something says otherwise.
const colours = 3

// complete fills in what an input's layer leaves open about its shape: height and width from
// d.Height and d.Width, channels from the weights of a convolution that reads it.
func (d *Definition) complete(g *graph, blobs map[string][]*tensor.Tensor) {
	v := g.input
	known := int64(0)
	for _, n := range g.nodes {
		b := blobs[n.GetName()]
		if len(n.in) > 0 && n.in[0] == v && n.GetType() == "Convolution" && len(b) > 0 && len(b[0].Shape) == 4 {
			known = int64(b[0].Shape[1]) * int64(max(n.GetConvolutionParam().GetGroup(), 1))
		}
	}
	open := v.from.GetType() != "Input" && v.from.MemoryDataParam == nil && v.from.DummyDataParam == nil
	if v.err != nil && !errors.Is(v.err, errNoLabel) && d.Height > 0 && d.Width > 0 {
		open = true
		v.dims, v.err = []int64{1, colours, int64(d.Height), int64(d.Width)}, nil
		if v.from.GetTransformParam().GetForceGray() || v.from.ImageDataParam != nil && !v.from.ImageDataParam.GetIsColor() {
			v.dims[1] = 1
		}
	}
	if open && v.err == nil && known > 0 && len(v.dims) == 4 && v.dims[1] == colours {
		v.dims[1] = known
	}
}

func noDims(l *pb.LayerParameter, _ int) ([]int64, error) {
	return nil, fmt.Errorf("layer %q (%s) does not say how large its pictures are", l.GetName(), l.GetType())
}
