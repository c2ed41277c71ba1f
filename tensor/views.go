package tensor

// Views are the first examples of a batch as tensors of their own. Each is made when it is first
// wanted, and kept.
type Views struct {
	of *Tensor
	by []*Tensor // by number of examples
}

// First returns the first n examples of t: t itself if it has no more. Views of a tensor that was
// given before are forgotten.
func (v *Views) First(t *Tensor, n int) *Tensor {
	if v.of != t {
		v.of, v.by = t, make([]*Tensor, t.Batch()+1)
		v.by[t.Batch()] = t
	}
	if v.by[n] == nil {
		v.by[n] = FromSlice(t.Data[:n*(t.Len()/t.Batch())], append([]int{n}, t.Shape[1:]...)...)
	}
	return v.by[n]
}
