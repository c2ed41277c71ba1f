package nn

import "hoodwink/tensor"

// fold merges every Affine into the convolution, inner product or Affine before it
// when nothing else reads what lies between: y = s(Wx+b)+t is (sW)x + (sb+t). Batch
// normalisation at inference costs nothing then.
func (net *Network) fold() {
	consumers := net.consumers()
	kept := net.nodes[:0:0]
	place := map[int]int{} // value -> index in kept of its producer
	for _, n := range net.nodes {
		if a, ok := n.layer.(*Affine); ok {
			v := n.in[0]
			if p, made := place[v]; made && len(consumers[v]) == 1 && v != net.output {
				if merged := foldInto(kept[p].layer, a, net.values[n.out[0]].shape[1]); merged != nil {
					kept[p].layer = merged
					kept[p].out = n.out
					net.values[v].shape = nil
					place[n.out[0]] = p
					continue
				}
			}
		}
		for _, v := range n.out {
			place[v] = len(kept)
		}
		kept = append(kept, n)
	}
	net.nodes = kept
	for i, n := range net.nodes {
		for _, v := range n.out {
			net.values[v].producer = i
		}
	}
}

// foldInto returns the layer that computes a after l, for c channels, or nil if l
// is of a kind that cannot take it in.
func foldInto(l Layer, a *Affine, c int) Layer {
	switch l := l.(type) {
	case *Convolution:
		m := *l
		m.Weights, m.Bias = foldWeights(l.Weights, l.Bias, a, c)
		return &m
	case *InnerProduct:
		w, b := foldWeights(l.Weights, l.Bias, a, c)
		return &InnerProduct{Weights: w, Bias: b}
	case *Affine:
		m := &Affine{Scale: make([]float32, c), Shift: make([]float32, c)}
		for i := range c {
			m.Scale[i] = float32(at(l.Scale, i, 1) * at(a.Scale, i, 1))
			m.Shift[i] = float32(float64(at(l.Shift, i, 0)*at(a.Scale, i, 1)) + at(a.Shift, i, 0))
		}
		return m
	}
	return nil
}

func foldWeights(w *tensor.Tensor, bias []float32, a *Affine, c int) (*tensor.Tensor, []float32) {
	out := w.Clone()
	b := make([]float32, c)
	for i := range c {
		s := at(a.Scale, i, 1)
		row := out.Image(i)
		for j, v := range row {
			row[j] = float32(float64(v) * s)
		}
		b[i] = float32(float64(at(bias, i, 0)*s) + at(a.Shift, i, 0))
	}
	return out, b
}

// at returns x[i], or the default where there is no x.
func at(x []float32, i int, absent float64) float64 {
	if x == nil {
		return absent
	}
	return float64(x[i])
}
