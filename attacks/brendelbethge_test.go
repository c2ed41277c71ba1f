package attacks_test

import (
	"testing"

	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// TestBrendelBethgeOnLinear: with its own constants it ends within 2 % of the smallest change of a linear model, and
// in the norms that count exactly there.
func TestBrendelBethgeOnLinear(t *testing.T) {
	for _, c := range conform.BoxedSizes {
		most := 1.02
		if c.Norm.Counts() != "" {
			most = 1
		}
		v := onBoxed(t, attacks.BrendelBethge{}, c)
		if !v.Success || !(v.Size >= c.Size*(1-1e-5) && v.Size <= c.Size*most) {
			t.Errorf("%v, %d channels, margin %g: success %v with %g, exact is %g", c.Norm, c.Channels, c.Margin, v.Success, v.Size, c.Size)
		}
	}
}
