package kernel

// Packed returns how many floats Set.Forward, Set.DepthwiseForward for a depthwise one, packs the
// weights of a convolution into.
func (m *Set) Packed(s ConvShape) int64 {
	if s.Depthwise() {
		return int64(ceil(s.O, Lanes)*Lanes) * int64(s.KH*s.KW)
	}
	return m.packed(s.O, s.I, s.Groups, s.KH*s.KW)
}

// PackedBack is Packed for Set.Backward and Set.DepthwiseBackward, all phases together. Every tap
// belongs to one phase.
func (m *Set) PackedBack(s ConvShape) int64 {
	if s.Depthwise() {
		return m.Packed(s)
	}
	return m.packed(s.I, s.O, s.Groups, s.KH*s.KW)
}

// PackedNarrow is PackedBack for Set.NarrowBackward.
func PackedNarrow(s ConvShape) int64 {
	return int64(ceil(s.O, Lanes)*Lanes) * int64(s.KH*s.KW) * int64(s.I)
}

func (m *Set) packed(outputs, inputs, groups, taps int) (floats int64) {
	s := source{outputs: outputs, inputs: inputs, groups: groups}
	blocks := ceil(outputs, Lanes)
	for b := 0; b < blocks; b += m.conv.blocks {
		p := s.panel(b, min(m.conv.blocks, blocks-b))
		floats += int64(s.channels(&p)) * int64(taps) * int64(p.blocks*Lanes)
	}
	return floats
}

// Phases returns how many phases of pixels the way back of a convolution has.
func (s *ConvShape) Phases() int { return s.Stride[0] * s.Stride[1] }

// TableBytes bounds what the filters of a direction, and Convs of them for some workers, hold besides
// the weights: offsets of the taps by block of inputs, once for every panel that reads other inputs.
func (m *Set) TableBytes(s ConvShape, back bool, workers int) int64 {
	const (
		spanBytes   = 3 * 24 // a stretch, and while the list of them grows
		tapBytes    = 3 * (16 + 8 + 40)
		panelBytes  = 3 * (64 + 24)
		pageBytes   = 4 << 10 // large memory comes in pages
		phaseBytes  = 1 << 10 // a Filter and a Conv
		workerBytes = 1 << 8  // a convTile
	)
	outputs, inputs, phases := s.O, s.I, 1
	if back {
		outputs, inputs, phases = s.I, s.O, s.Phases()
	}
	taps, panels := int64(s.KH*s.KW), int64(ceil(ceil(outputs, Lanes), m.conv.blocks))
	spans := int64(ceil(inputs, Lanes))
	if s.Groups > 1 {
		spans += 2 * panels * int64(ceil(min(s.Groups, m.conv.blocks*Lanes)*inputs/s.Groups, Lanes)+1)
	}
	if s.Depthwise() {
		spans, panels = 1, 0
	}
	sums := 4 * int64(m.conv.blocks*m.conv.pixels*Lanes)
	return taps*(spans*spanBytes+tapBytes) +
		int64(phases)*(phaseBytes+panels*panelBytes+int64(workers)*workerBytes) +
		min(int64(phases), taps)*(panels*pageBytes+int64(workers)*sums) // of phases that have taps
}
