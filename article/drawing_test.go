package article_test

import (
	"testing"

	"hoodwink/dataset"
	"hoodwink/tensor"
)

// drawing is a vulture of 100x100 pixels.
func drawing(t *testing.T) *tensor.Tensor {
	t.Helper()
	x, err := dataset.Draw(1, 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
