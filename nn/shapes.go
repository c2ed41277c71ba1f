package nn

import (
	"fmt"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// maxValueSize bounds one value of one example, in floats.
const maxValueSize = graph.MaxValueSize

// checkValue returns an error unless a value of this shape is within the limits.
func checkValue(shape []int) error { return graph.CheckValue(shape) }

// checkInputs is the part of OutShapes that all layers share. There must be want inputs (any number
// from 1 if want is 0), each with at least dims dimensions.
func checkInputs(in [][]int, want, dims int) error {
	if want > 0 && len(in) != want {
		return fmt.Errorf("takes %d input(s), got %d", want, len(in))
	}
	if len(in) == 0 {
		return fmt.Errorf("takes at least 1 input, got none")
	}
	for _, s := range in {
		if len(s) < dims {
			return fmt.Errorf("takes inputs of at least %d dimensions, batch included, got shape %v", dims, s)
		}
		if err := checkValue(s); err != nil {
			return fmt.Errorf("input of %w", err)
		}
	}
	return nil
}

// sameShape is the shape rule of layers that work value by value.
func sameShape(in [][]int, dims int) ([][]int, error) {
	if err := checkInputs(in, 1, dims); err != nil {
		return nil, err
	}
	return [][]int{append([]int(nil), in[0]...)}, nil
}

// checkFinite refuses a hyper-parameter that is NaN or infinite.
func checkFinite(name string, values ...float32) error {
	if i, ok := tensor.Finite(values); !ok {
		return fmt.Errorf("has a %s of %g: want a finite number", name, values[i])
	}
	return nil
}

// axisOf resolves an axis of a shape; negative ones count from the end. It refuses the batch axis,
// along which the values belong to different examples.
func axisOf(axis int, shape []int) (int, error) {
	a := axis
	if a < 0 {
		a += len(shape)
	}
	if a < 0 || a >= len(shape) {
		return 0, fmt.Errorf("axis %d is not one of the %d axes of shape %v", axis, len(shape), shape)
	}
	if a == 0 {
		return 0, fmt.Errorf("axis %d of shape %v is the batch: want one behind it", axis, shape)
	}
	return a, nil
}

// maxWork bounds the operations of a layer's Forward and of its Backward for one example; the
// largest layer of VGG-16 has 2^31 multiply-adds. Otherwise the sizes in a file could keep a
// processor busy for years.
const maxWork = 1 << 36

// checkWork returns an error if the product of factors, none negative, exceeds maxWork.
func checkWork(factors ...int) error {
	if _, ok := tensor.CheckedSize(factors, maxWork); !ok {
		return fmt.Errorf("takes more than %d operations for one example", maxWork)
	}
	return nil
}

// roundUp returns the lowest multiple of m that is at least n.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// valueOr returns x[i], or absent if x is nil.
func valueOr(x []float32, i int, absent float64) float64 {
	if x == nil {
		return absent
	}
	return float64(x[i])
}
