package caffe

import (
	"errors"
	"fmt"

	"hoodwink/internal/pb"
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
	channels := int64(3)
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
	for _, crop := range []uint32{p.GetCropSize(), l.GetTransformParam().GetCropSize()} {
		if crop > 0 {
			height, width = crop, crop
		}
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

func noDims(l *pb.LayerParameter, _ int) ([]int64, error) {
	return nil, fmt.Errorf("layer %q (%s) does not say how large its pictures are", l.GetName(), l.GetType())
}
