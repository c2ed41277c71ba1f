package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const gap, lo, hi = 10, 0, 200
		n := rapid.IntRange(0, 20).Draw(t, "n")
		at := make([]vg.Length, n)
		for i := range at {
			at[i] = vg.Length(rapid.Float64Range(lo, hi).Draw(t, "at"))
			if i > 0 {
				at[i] = max(at[i], at[i-1])
			}
		}
		wanted := append([]vg.Length(nil), at...)
		free := true
		for i := 1; i < n; i++ {
			free = free && wanted[i]-wanted[i-1] >= gap
		}
		spread(at, gap, lo, hi)
		for i := range at {
			if !(at[i] >= lo-1e-9 && at[i] <= hi+1e-9) {
				t.Fatalf("label %d at %g is outside", i, at[i])
			}
			if i > 0 && !(at[i]-at[i-1] >= gap-1e-9) {
				t.Fatalf("labels %d and %d stand at %g and %g", i-1, i, at[i-1], at[i])
			}
			if free && !(math.Abs(float64(at[i]-wanted[i])) <= 1e-9) {
				t.Fatalf("label %d was moved from %g to %g without need", i, wanted[i], at[i])
			}
		}
	})
}

func TestNiceTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e12, 1e12).Draw(t, "lo")
		size := math.Pow(10, rapid.Float64Range(-6, 12).Draw(t, "size"))
		lo, hi := widen(lo, lo+size)
		n := rapid.IntRange(2, 10).Draw(t, "n")
		ticks := niceTicks(lo, hi, n)
		if len(ticks) < 1 || len(ticks) > n+2 {
			t.Fatalf("%d ticks on [%g, %g], asked for about %d", len(ticks), lo, hi, n)
		}
		for i := 1; i < len(ticks); i++ {
			if !(ticks[i].Value > ticks[i-1].Value) {
				t.Fatalf("ticks %v do not ascend", ticks)
			}
		}
		a, b := niceRange(lo, hi, n)
		if !(a <= lo+1e-6*(hi-lo) && b >= hi-1e-6*(hi-lo)) {
			t.Fatalf("[%g, %g] does not cover [%g, %g]", a, b, lo, hi)
		}
	})
	var labels []string
	for _, tick := range niceTicks(-0.35, 0.4, 5) {
		labels = append(labels, tick.Label)
	}
	if got := labels; len(got) != 4 || got[0] != "−0.2" || got[1] != "0" || got[3] != "0.4" {
		t.Errorf("labels %q, want −0.2 0 0.2 0.4", got)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		p    float64
		want string
	}{
		{0, "0 %"}, {1, "100 %"}, {0.989, "98.9 %"}, {0.99999, "99.99 %"}, {0.9999999, "99.99 %"}, {1e-9, "< 0.01 %"},
		{0.0071, "0.71 %"}, {0.2738, "27.4 %"}, {math.NaN(), "–"}, {math.Inf(1), "–"},
	} {
		if got := percent(c.p); got != spaced(c.want) {
			t.Errorf("percent(%g) = %q, want %q", c.p, got, c.want)
		}
	}
}

// spaced puts in the spaces that do not break.
func spaced(s string) string {
	r := []rune(s)
	for i := range r {
		if r[i] == ' ' {
			r[i] = '\u00a0'
		}
	}
	return string(r)
}

func TestLevels(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0/255", 2.0 / 255: "2/255", 0.5 / 255: "0.5/255", math.Inf(1): "no limit", float64(float32(8) / 255): "8/255",
	} {
		if got := levels(v); got != want {
			t.Errorf("levels(%g) = %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestThrough(t *testing.T) {
	box := vg.Rectangle{Min: vg.Point{X: 0, Y: 0}, Max: vg.Point{X: 10, Y: 5}}
	for _, c := range []struct {
		a, b vg.Point
		want bool
	}{
		{vg.Point{X: -5, Y: 2}, vg.Point{X: 15, Y: 2}, true},
		{vg.Point{X: -5, Y: 6}, vg.Point{X: 15, Y: 6}, false},
		{vg.Point{X: -5, Y: -5}, vg.Point{X: 15, Y: 15}, true},
		{vg.Point{X: -4, Y: 3}, vg.Point{X: 4, Y: 11}, false},
		{vg.Point{X: 3, Y: 3}, vg.Point{X: 3, Y: 3}, true},
		{vg.Point{X: 11, Y: 3}, vg.Point{X: 11, Y: 3}, false},
	} {
		if got := through(c.a, c.b, box); got != c.want {
			t.Errorf("segment %v to %v: got %v, want %v", c.a, c.b, got, c.want)
		}
		if got := through(c.b, c.a, box); got != c.want {
			t.Errorf("segment %v to %v: got %v, want %v", c.b, c.a, got, c.want)
		}
	}
}

func TestWholeTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{{0, 2, "0 1 2"}, {0, 99, "0 20 40 60 80"}, {3, 3.5, "3"}} {
		var labels []string
		for _, tick := range wholeTicks(c.lo, c.hi, 5) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks on [%g, %g]: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

// A class has one colour in a PNG and on a light page; a dark page has one for each, too.
func TestPaletteOfThePage(t *testing.T) {
	for i, c := range lineColors {
		name := fmt.Sprintf("--line%d: ", i)
		if !strings.Contains(pageCSS, name+strings.ToLower(hexName(c))) {
			t.Errorf("the style sheet does not set %s%s", name, hexName(c))
		}
		if n := strings.Count(pageCSS, name); n != 2 {
			t.Errorf("%sis set %d times, want once light and once dark", name, n)
		}
	}
}
