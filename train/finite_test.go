package train

import (
	"errors"
	"math"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// TestFinite: an evaluation does not count a picture whose result is NaN.
func TestFinite(t *testing.T) {
	logits := tensor.New(3, 2)
	if err := finite(logits, 3, 100); err != nil {
		t.Error(err)
	}
	logits.Data[3] = float32(math.NaN())
	if err := finite(logits, 1, 100); err != nil {
		t.Errorf("only the first counts: %v", err)
	}
	err := finite(logits, 3, 100)
	if !errors.Is(err, attack.ErrNotFinite) || !strings.Contains(err.Error(), "for picture 101 its result for class 1 is NaN") {
		t.Errorf("got %v", err)
	}
}
