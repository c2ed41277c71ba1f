package kernel

import "slices"

// A Filter holds the weights of a convolution packed for the direct kernels. For the way back
// through a convolution with strides there is one filter for each phase: pixels whose row and
// column have the same remainders modulo the strides see the same taps.
type Filter struct {
	First  [2]int   // row and column of the phase's first output pixel
	Step   [2]int   // from an output pixel of the phase to the next
	Stride [2]int   // from an input pixel of the phase to the next, one such step on
	taps   [][2]int // rows and columns from the input pixel to each tap
	panels []panel
	source source

	fromBias bool // see ConvShape.fromBias
}

// A source says where the packed weights come from. Output out and input in belong to the same
// group g; the taps between them begin at w[out*perOutput+in*perInput-g*perGroup].
type source struct {
	outputs, inputs, groups       int
	taps                          []int
	perOutput, perInput, perGroup int
}

// A panel is the weights of one or two neighbouring blocks of outputs: for each block of inputs in
// [first, last), for each tap, for each input of the block, the weights of all the outputs.
type panel struct {
	block, blocks int
	first, last   int
	w             []float32
}

// A ConvShape is the shape of a convolution with weights (O, I/Groups, KH, KW). The other fields
// are as in a Window.
type ConvShape struct {
	O, I, Groups     int
	KH, KW           int
	Stride, Dilation [2]int
	PadTop, PadLeft  int
}

// Depthwise reports whether every channel is a group of its own.
func (s *ConvShape) Depthwise() bool { return s.Groups > 1 && s.I == s.Groups && s.O == s.Groups }

// Margins returns the width of the margins (up, left, down, right) that the direct kernels need
// around an input of h x w pixels, and around the gradient of an output of oh x ow.
func (s *ConvShape) Margins(h, w, oh, ow int) (x, dy [4]int) {
	k, pad, in, out := [2]int{s.KH, s.KW}, [2]int{s.PadTop, s.PadLeft}, [2]int{h, w}, [2]int{oh, ow}
	for a := range 2 {
		reach := (k[a] - 1) * s.Dilation[a]
		x[a] = pad[a]
		x[2+a] = max(0, (out[a]-1)*s.Stride[a]+reach-pad[a]-(in[a]-1))
		dy[a] = max(0, (reach-pad[a]+s.Stride[a]-1)/s.Stride[a])
		dy[2+a] = max(0, (in[a]-1+pad[a])/s.Stride[a]-(out[a]-1))
	}
	return x, dy
}

// fromBias reports whether the first part of a sum begins at the bias. Otherwise the bias is added
// to that part.
func (s *ConvShape) fromBias() bool { return s.Groups == 1 && s.KH*s.KW == 1 || s.Depthwise() }

// Forward packs weights of the given shape. A panel lists inputs in the order of Window.Order.
func (m *Set) Forward(w []float32, s ConvShape) *Filter {
	size, each := s.KH*s.KW, s.I/s.Groups
	f, taps := s.ahead()
	f.pack(m.conv.blocks, w, source{s.O, s.I, s.Groups, taps, each * size, size, each * size})
	return f
}

// ahead returns the filter of the way forward without weights, and its taps.
func (s *ConvShape) ahead() (f *Filter, taps []int) {
	f = &Filter{Step: [2]int{1, 1}, Stride: s.Stride, fromBias: s.fromBias()}
	for kh := range s.KH {
		for kw := range s.KW {
			f.taps = append(f.taps, [2]int{kh*s.Dilation[0] - s.PadTop, kw*s.Dilation[1] - s.PadLeft})
			taps = append(taps, kh*s.KW+kw)
		}
	}
	return f, taps
}

// Backward packs the weights for the way back to the input, a filter for every phase.
func (m *Set) Backward(w []float32, s ConvShape) []*Filter {
	size, each := s.KH*s.KW, s.I/s.Groups
	var filters []*Filter
	for _, p := range s.phases() {
		p.filter.pack(m.conv.blocks, w, source{s.I, s.O, s.Groups, p.taps, size, each * size, each * size})
		filters = append(filters, p.filter)
	}
	return filters
}

// A phase is a filter without weights, and the taps of the convolution that it has.
type phase struct {
	filter *Filter
	taps   []int
}

// phases lists the phases of the way back.
func (s *ConvShape) phases() (phases []phase) {
	for ph := range s.Stride[0] {
		for pw := range s.Stride[1] {
			p := phase{filter: &Filter{First: [2]int{ph, pw}, Step: s.Stride, Stride: [2]int{1, 1}}}
			for kh := range s.KH {
				h := ph + s.PadTop - kh*s.Dilation[0]
				if h%s.Stride[0] != 0 {
					continue
				}
				for kw := range s.KW {
					w := pw + s.PadLeft - kw*s.Dilation[1]
					if w%s.Stride[1] == 0 {
						p.filter.taps = append(p.filter.taps, [2]int{h / s.Stride[0], w / s.Stride[1]})
						p.taps = append(p.taps, kh*s.KW+kw)
					}
				}
			}
			phases = append(phases, p)
		}
	}
	return phases
}

// pack makes panels of at most wide blocks.
func (f *Filter) pack(wide int, w []float32, s source) {
	f.layout(wide, s)
	for i := range f.panels {
		p := &f.panels[i]
		p.w = make([]float32, f.rows(p)*p.blocks*Lanes)
	}
	f.Repack(w)
}

// layout makes panels without weights.
func (f *Filter) layout(wide int, s source) {
	f.source = s
	blocks := ceil(s.outputs, Lanes)
	for b := 0; b < blocks; b += wide {
		f.panels = append(f.panels, s.panel(b, min(wide, blocks-b)))
	}
}

// panel returns the panel of some blocks of outputs, without weights.
func (s *source) panel(block, blocks int) panel {
	p := panel{block: block, blocks: blocks}
	perOut, perIn := s.outputs/s.groups, s.inputs/s.groups
	o0, o1 := block*Lanes, min(s.outputs, (block+blocks)*Lanes)
	p.first = o0 / perOut * perIn / Lanes
	p.last = ceil(((o1-1)/perOut+1)*perIn, Lanes)
	return p
}

// channels returns how many inputs the outputs of a panel sum over.
func (s *source) channels(p *panel) int { return min(s.inputs, p.last*Lanes) - p.first*Lanes }

// rows returns the number of pairs of an input and a tap that the outputs of a panel sum over.
func (f *Filter) rows(p *panel) int { return f.source.channels(p) * len(f.source.taps) }

// Repack fills in other weights of the same shape.
func (f *Filter) Repack(w []float32) {
	for i := range f.panels {
		p := &f.panels[i]
		width := p.blocks * Lanes
		f.eachRow(p, 0, f.rows(p), func(row, lane, n, at int) {
			for to := row*width + lane; n > 0; n-- {
				p.w[to] = w[at]
				to, at = to+1, at+f.source.perOutput
			}
		})
	}
}

// eachRow calls do for rows [r0, r1) of a panel. Each row is an input at a tap. The weights of n
// outputs, from a lane of the panel on, come from at, perOutput apart.
func (f *Filter) eachRow(p *panel, r0, r1 int, do func(row, lane, n, at int)) {
	s, first := &f.source, 0
	perOut, perIn, o0 := s.outputs/s.groups, s.inputs/s.groups, p.block*Lanes
	for i := p.first * Lanes; i < min(s.inputs, p.last*Lanes) && first < r1; i += Lanes {
		n := min(Lanes, s.inputs-i)
		for row := max(first, r0); row < min(first+n*len(s.taps), r1); row++ {
			in, tap := i+(row-first)%n, s.taps[(row-first)/n]
			g := in / perIn
			from, to := max(o0, g*perOut), min(o0+p.blocks*Lanes, (g+1)*perOut)
			if from < to {
				do(row, from-o0, to-from, from*s.perOutput+in*s.perInput-g*s.perGroup+tap)
			}
		}
		first += n * len(s.taps)
	}
}

// extent returns how many rows and columns of an output belong to the phase.
func (f *Filter) extent(oh, ow int) (rows, cols int) {
	return max(0, (oh-f.First[0]+f.Step[0]-1)/f.Step[0]), max(0, (ow-f.First[1]+f.Step[1]-1)/f.Step[1])
}

// offsets returns, for each of the first blocks of x, the offsets of the taps in floats from the
// nearest one, and the distance of that from the pixel itself.
func (f *Filter) offsets(x *Blocks, blocks int) (offsets []int, near int) {
	for b := range blocks {
		for _, t := range f.taps {
			offsets = append(offsets, b*x.Block+t[0]*x.Row+t[1]*x.Lanes)
		}
	}
	if len(offsets) > 0 {
		near = slices.Min(offsets)
	}
	for i := range offsets {
		offsets[i] -= near
	}
	return offsets, near
}
