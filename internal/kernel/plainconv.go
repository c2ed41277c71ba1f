package kernel

// Planes gives the sizes of a convolution's planes: H x W of the input, OH x OW of the output.
type Planes struct{ H, W, OH, OW int }

// Plain computes the plane y of output o from all planes x of one picture, for weights
// (O, I/Groups, KH, KW): the definition of a convolution, in the order of the kernels for
// blocked pictures.
func (s *ConvShape) Plain(y, x, w []float32, p Planes, o int, bias float32) {
	each, size := s.I/s.Groups, s.KH*s.KW
	g := o / (s.O / s.Groups)
	first, last := g*each, (g+1)*each // range of the inputs
	w = w[o*each*size:]
	perPart := partBlocks(size, s.O, p.OH*p.OW)
	for oh := range p.OH {
		for ow := range p.OW {
			total, sum := bias, float32(0)
			if s.fromBias() {
				total, sum = 0, bias
			}
			for b := first / Lanes; b*Lanes < last; b++ {
				for tap := range size {
					h, i, ok := s.input(p, oh, ow, tap)
					if !ok {
						continue
					}
					for c := max(first, b*Lanes); c < min(last, (b+1)*Lanes); c++ {
						sum = fma(x[(c*p.H+h)*p.W+i], w[(c-first)*size+tap], sum)
					}
				}
				if (b+1)%perPart == 0 {
					total, sum = total+sum, 0
				}
			}
			y[oh*p.OW+ow] = total + sum
		}
	}
}

// PlainGrad adds to dx, the gradient of the plane of input i, the contributions of all planes dy of
// the output's gradient: the adjoint of Plain.
func (s *ConvShape) PlainGrad(dx, dy, w []float32, p Planes, i int) {
	each, perGroup := s.I/s.Groups, s.O/s.Groups
	g := i / each
	for o := g * perGroup; o < (g+1)*perGroup; o++ {
		taps := w[(o*each+i%each)*s.KH*s.KW:]
		for tap := range s.KH * s.KW {
			for oh := range p.OH {
				for ow := range p.OW {
					if h, i, ok := s.input(p, oh, ow, tap); ok {
						at := &dx[h*p.W+i]
						*at = fma(dy[(o*p.OH+oh)*p.OW+ow], taps[tap], *at)
					}
				}
			}
		}
	}
}

// PlainWeightGrad adds to dw, the gradient of the weights of output o, the contribution of one
// picture x and its output's gradient dy: the definition, in the order of pixels.
func (s *ConvShape) PlainWeightGrad(dw, x, dy []float32, p Planes, o int) {
	each := s.I / s.Groups
	x, dy = x[o/(s.O/s.Groups)*each*p.H*p.W:], dy[o*p.OH*p.OW:]
	for c := range each {
		for tap := range s.KH * s.KW {
			sum := &dw[c*s.KH*s.KW+tap]
			for oh := range p.OH {
				for ow := range p.OW {
					if h, w, ok := s.input(p, oh, ow, tap); ok {
						*sum = fma(x[(c*p.H+h)*p.W+w], dy[oh*p.OW+ow], *sum)
					}
				}
			}
		}
	}
}

// input returns the pixel under a tap of the window at oh, ow, if there is one.
func (s *ConvShape) input(p Planes, oh, ow, tap int) (h, w int, ok bool) {
	h = oh*s.Stride[0] - s.PadTop + tap/s.KW*s.Dilation[0]
	w = ow*s.Stride[1] - s.PadLeft + tap%s.KW*s.Dilation[1]
	return h, w, h >= 0 && h < p.H && w >= 0 && w < p.W
}
