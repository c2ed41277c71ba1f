package attack

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"hoodwink/tensor"
)

func TestParseNorm(t *testing.T) {
	for n := range Norm(len(norms)) {
		if got, err := ParseNorm(n.String()); err != nil || got != n {
			t.Errorf("ParseNorm(%q) = %v, %v", n, got, err)
		}
	}
	if n, err := ParseNorm("LINF"); err != nil || n != Linf {
		t.Errorf("ParseNorm(LINF) = %v, %v", n, err)
	}
	if _, err := ParseNorm("l3"); err == nil || err.Error() != `unknown norm "l3": want one of linf, l2, l1, l0, l0values` {
		t.Errorf("ParseNorm(l3): %v", err)
	}
	if s := Norm(7).String(); s != "Norm(7)" {
		t.Errorf("Norm(7) is %q", s)
	}
}

// TestNormText: in JSON a norm is its name, also as a key, and nothing else is read back.
func TestNormText(t *testing.T) {
	type record struct {
		Norm Norm
		Eps  map[Norm]float64
	}
	for n := range Norm(len(norms)) {
		text, err := json.Marshal(record{n, map[Norm]float64{n: 1}})
		if want := fmt.Sprintf(`{"Norm":%q,"Eps":{%q:1}}`, n, n); err != nil || string(text) != want {
			t.Errorf("%v: %s, %v", n, text, err)
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil || r.Norm != n || r.Eps[n] != 1 {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	if _, err := json.Marshal(Norm(7)); err == nil || !strings.Contains(err.Error(), "unknown norm Norm(7)") {
		t.Errorf("Norm(7): %v", err)
	}
	for _, text := range []string{`"l3"`, `""`, `0`, `"Norm(1)"`} {
		n := L1
		if err := json.Unmarshal([]byte(text), &n); err == nil || n != L1 {
			t.Errorf("%s: %v, %v", text, n, err)
		}
	}
}

func TestAscent(t *testing.T) {
	for _, tt := range []struct {
		norm      Norm
		grad      []float32
		want      []float32
		objective float64 // <want, grad>: the dual norm of grad
	}{
		{Linf, []float32{1, -2}, []float32{1, -1}, 3},
		{L2, []float32{3, -4}, []float32{0.6, -0.8}, 5},
		{Linf, []float32{1e-30, 0, -1e-30}, []float32{1, 0, -1}, 2e-30},
		{L2, []float32{0, 1e-35}, []float32{0, 1}, 1e-35},
		{L2, []float32{0, 3e38, 0}, []float32{0, 1, 0}, 3e38},
		{L2, []float32{0, 0}, []float32{0, 0}, 0},
		{Linf, []float32{0, 0}, []float32{0, 0}, 0},
		{L1, []float32{1, -2}, []float32{0, -1}, 2},
		{L1, []float32{-2, 2, 1, 2}, []float32{-1, 0, 0, 0}, 2}, // the first of equal ones
		{L1, []float32{0, 1e-38, 0}, []float32{0, 1, 0}, 1e-38},
		{L1, []float32{0, 0}, []float32{0, 0}, 0},
		{L0, []float32{1, 0, -2, -2, 0, 1}, []float32{1, 0, 0, -1, 0, 0}, 3}, // two channels of three pixels
		{L0, []float32{1, -2, 1, -2}, []float32{0, -1, 0, -1}, 4},
		{L0, []float32{0, 0}, []float32{0, 0}, 0},
		{L0Values, []float32{1, 0, -2, -2, 0, 1}, []float32{0, 0, -1, 0, 0, 0}, 2},
	} {
		got := []float32{9, 9, 9, 9, 9, 9}[:len(tt.grad)]
		tt.norm.Ascent(got, tt.grad, 1+len(got)/4)
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%v.Ascent(%v) = %v, want %v", tt.norm, tt.grad, got, tt.want)
				break
			}
		}
		if d := tensor.Dot(got, tt.grad); !(math.Abs(d-tt.objective) <= 1e-6*tt.objective) {
			t.Errorf("%v: objective of %v is %g, want %g", tt.norm, tt.grad, d, tt.objective)
		}
	}
}

func TestDistance(t *testing.T) {
	a, b := []float32{1, 2, 3, 4}, []float32{1, 5, -1, 4} // one or two channels, of four or two pixels
	for _, tt := range []struct {
		norm     Norm
		channels int
		want     float64
	}{{Linf, 1, 4}, {L2, 1, 5}, {L1, 1, 7}, {L0, 1, 2}, {L0, 2, 2}, {L0Values, 2, 2}, {L0, 4, 1}, {L0Values, 4, 2}, {L2, 2, 5}} {
		if d := tt.norm.Distance(a, b, tt.channels); d != tt.want {
			t.Errorf("%v of %d channels: %g, want %g", tt.norm, tt.channels, d, tt.want)
		}
	}
	for _, n := range []Norm{Linf, L2, L1} {
		if d := n.Distance([]float32{0, float32(math.NaN()), 0}, make([]float32, 3), 1); d == d {
			t.Errorf("%v: distance of NaN is %g", n, d)
		}
	}
}
