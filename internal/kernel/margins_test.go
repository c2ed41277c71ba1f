package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestMargins: the margins reach as far as the taps of the definition lead, both ways. On the
// way back they may reach further: not every tap falls on a pixel of an output.
func TestMargins(t *testing.T) {
	r := rand.New(rand.NewPCG(71, 1))
	for range 500 {
		s := ConvShape{O: 1, I: 1, Groups: 1, KH: 1 + r.IntN(5), KW: 1 + r.IntN(5),
			Stride: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, Dilation: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}}
		s.PadTop, s.PadLeft = r.IntN(5), r.IntN(5)
		in, out := [2]int{1 + r.IntN(9), 1 + r.IntN(9)}, [2]int{1 + r.IntN(9), 1 + r.IntN(9)}
		x, dy := s.Margins(in[0], in[1], out[0], out[1])
		for a := range 2 {
			k, pad := [2]int{s.KH, s.KW}[a], [2]int{s.PadTop, s.PadLeft}[a]
			var wantX, leastDY [2]int // before, behind
			for tap := range k {
				for o := range out[a] {
					i := o*s.Stride[a] + tap*s.Dilation[a] - pad
					wantX[0], wantX[1] = max(wantX[0], -i), max(wantX[1], i-(in[a]-1))
				}
				for i := range in[a] {
					if o := i + pad - tap*s.Dilation[a]; o%s.Stride[a] == 0 {
						o /= s.Stride[a]
						leastDY[0], leastDY[1] = max(leastDY[0], -o), max(leastDY[1], o-(out[a]-1))
					}
				}
			}
			if x[a] != wantX[0] || x[2+a] != wantX[1] {
				t.Fatalf("%+v, %v to %v, axis %d: margins %v of the input, want %v", s, in, out, a, x, wantX)
			}
			if dy[a] < leastDY[0] || dy[2+a] < leastDY[1] {
				t.Fatalf("%+v, %v to %v, axis %d: margins %v of the gradient, want at least %v", s, in, out, a, dy, leastDY)
			}
		}
	}
}
