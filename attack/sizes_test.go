package attack

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestCheckSize: the box of 192 values measures 1 in Linf and sqrt(192) = 13.86 in L2; half a level of 256 is
// 0.5/255, of 16 bits 0.5/65535.
func TestCheckSize(t *testing.T) {
	for _, c := range []struct {
		norm           Norm
		size           float64
		values, levels int
		msg, hint      string // "" is no error
	}{
		{Linf, 8. / 255, 192, 256, "", ""}, {Linf, 1, 192, 256, "", ""}, {Linf, 0, 192, 256, "", ""}, {Linf, math.Inf(1), 192, 256, "", ""},
		{Linf, 8, 192, 256, "8 is more than the whole range", "did you mean 8/255?"}, {Linf, 1.5, 0, 0, "1.5 is more", "did you mean 1.5/255?"},
		{Linf, 255, 0, 0, "255 is more", "did you mean 255/255?"}, {Linf, 256, 0, 0, "256 is more", "1/255"}, {Linf, 300. / 255, 0, 0, "1.1764705882352942 is more", "1/255"}, {Linf, math.Nextafter(1, 2), 0, 0, "more", ""},
		{Linf, -1. / 255, 192, 256, "not a size", "2/255"}, {Linf, math.NaN(), 192, 256, "not a size", "2/255"}, {L2, math.Inf(-1), 192, 256, "not a size", "2/255"},
		{Linf, 0.1 / 255, 192, 256, "0.1/255 is less than half a level", "1/255 or more"}, {Linf, 0.1 / 255, 192, 0, "", ""}, {Linf, 0.5 / 255, 192, 256, "", ""},
		{Linf, 1e-12, 192, 256, "less than half a level", "1/255"}, {Linf, 0.1 / 255, 192, 1 << 16, "", ""}, {Linf, 0.1 / 65535, 192, 1 << 16, "0.1/65535", "1/65535"},
		{L2, 2, 192, 256, "", ""}, {L2, 13.8, 192, 256, "", ""}, {L2, 14, 192, 256, "14 is more than lies between", "did you mean 14/255?"}, {L2, 14, 0, 256, "", ""},
		{L2, 5000, 192, 256, "5000 is more than lies between a black and a white picture of 192 values, which is 13.86", "1/255"}, {L2, 0.4 / 255, 192, 256, "0.4/255 is less", "1/255"},
		{L1, 12, 192, 256, "", ""}, {L1, 192, 192, 256, "", ""}, {L1, 193, 192, 256, "193 is more than lies between a black and a white picture of 192 values, which is 192 in L1", "did you mean 193/255?"},
		{L1, 0.4 / 255, 192, 256, "0.4/255 is less", "1/255"}, {L1, 1e9, 0, 256, "", ""}, {L1, -1, 0, 0, "not a size", "2/255"},
		{L0, 10, 192, 256, "", ""}, {L0, 0, 192, 256, "", ""}, {L0, math.Inf(1), 192, 256, "", ""}, {L0, 64, 192, 256, "", ""},
		{L0, 65, 192, 256, "65 is more than all 64 pixels", "l0 counts pixels: for example 10"}, {L0, 65, 0, 256, "", ""},
		{L0, 10. / 255, 192, 256, "0.0392156862745098 is not a number of pixels", "for example 10"}, {L0, 1.5, 0, 0, "1.5 is not a number of pixels", "for example 10"},
		{L0, -1, 192, 256, "-1 is not a number of pixels", ""}, {L0, math.NaN(), 192, 256, "NaN is not a number of pixels", ""},
		{L0Values, 192, 192, 256, "", ""}, {L0Values, 193, 192, 256, "193 is more than all 192 values", "l0values counts values"},
	} {
		var shape []int
		if c.values > 0 {
			shape = []int{1, 3, 8, c.values / 24}
		}
		err := c.norm.CheckSize(c.size, shape, c.levels)
		if c.msg == "" {
			if err != nil {
				t.Errorf("%v %g of %d values: %v", c.norm, c.size, c.values, err)
			}
			continue
		}
		var e *SizeError
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.msg) || !strings.Contains(e.Hint(), c.hint) || strings.Contains(e.Hint(), "did you mean") != strings.Contains(c.hint, "did you mean") {
			if c.size != math.Nextafter(1, 2) {
				t.Errorf("%v %g of %d values, %d levels: %v (%s), want %q, %q", c.norm, c.size, c.values, c.levels, err, e.Hint(), c.msg, c.hint)
			}
		}
	}
}

// TestParseSize: a size is a number or a fraction, and a count is a whole number.
func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		norm Norm
		text string
		want float64 // NaN is an error
	}{
		{Linf, "2/255", 2. / 255}, {Linf, " 2 / 255 ", 2. / 255}, {Linf, "0.03", 0.03}, {L2, "2", 2}, {L1, "510/255", 2}, {L1, "0", 0},
		{Linf, "", math.NaN()}, {Linf, "-1", math.NaN()}, {Linf, "1/0", math.NaN()}, {L2, "NaN", math.NaN()}, {L2, "inf", math.NaN()}, {L1, "1/2/3", math.NaN()},
		{L0, "10", 10}, {L0, " 10 ", 10}, {L0, "0", 0}, {L0, "1e3", 1000}, {L0Values, "7", 7},
		{L0, "10/255", math.NaN()}, {L0, "510/255", math.NaN()}, {L0, "2.5", math.NaN()}, {L0, "-1", math.NaN()}, {L0, "inf", math.NaN()}, {L0, "NaN", math.NaN()}, {L0, "ten", math.NaN()},
	} {
		got, err := c.norm.ParseSize(c.text)
		var e *SizeError
		if math.IsNaN(c.want) && (!errors.As(err, &e) || !strings.Contains(e.Hint(), norms[c.norm].example)) || !math.IsNaN(c.want) && (err != nil || got != c.want) {
			t.Errorf("%v of %q: %g, %v", c.norm, c.text, got, err)
		}
	}
	for n := range Norm(len(norms)) {
		if err := n.CheckSize(n.DefaultEps(), []int{3, 8, 8}, 256); err != nil {
			t.Errorf("the usual eps of %v: %v", n, err)
		}
	}
}

// TestFormatSize: what is written is read back to the bit, and whole levels are written as such.
func TestFormatSize(t *testing.T) {
	for n := range Norm(len(norms)) {
		for level := range 300 {
			size := float64(level)
			if norms[n].counted == "" {
				size /= 255
			}
			text := n.FormatSize(size)
			if got, err := n.ParseSize(text); err != nil || got != size {
				t.Errorf("%v: %g is written as %s and read as %g, %v", n, size, text, got, err)
			}
			if norms[n].counted == "" && strings.HasSuffix(text, "/255") != (level > 0 && level < 255) {
				t.Errorf("%v: level %d is written as %s", n, level, text)
			}
		}
	}
	if got := Linf.FormatSize(0.05); got != "0.05" {
		t.Errorf("0.05 is written as %s", got)
	}
}
