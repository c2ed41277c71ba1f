package onnx

import (
	"math"

	"hoodwink/internal/wording"
)

// buildAttention is scaled dot product attention (Vaswani et al. 2017, arXiv:1706.03762) on
// queries, keys and values (B,heads,S,D) or (B,S,heads*D). A mask is added, or says which keys take
// part. Several heads of queries may share one head of keys (Ainslie et al. 2023,
// arXiv:2305.13245). A query that sees no key gives zeros.
func buildAttention(s *site) []*value {
	q := s.heads(s.in[0], s.attrInt("q_num_heads", 0))
	k, v := s.heads(s.in[1], s.attrInt("kv_num_heads", 0)), s.heads(s.in[2], s.attrInt("kv_num_heads", 0))
	past := 0
	if s.has(4) != s.has(5) {
		s.fail("it has past keys without past values, or values without keys")
	}
	if s.has(4) {
		if s.rank(s.in[4], 4); s.has(6) {
			s.fail("it has both past keys and lengths of sequences")
		}
		past = s.in[4].shape[2]
		k, v = s.join(2, s.in[4], k), s.join(2, s.in[5], v)
	}
	present := []*value{k, v}
	n, length, d := q.shape[1], k.shape[2], q.shape[3]
	if k.shape[1] < 1 || n%k.shape[1] != 0 || k.shape[3] != d || v.shape[1] != k.shape[1] || v.shape[2] != length || k.shape[0] != q.shape[0] {
		s.fail("queries %s, keys %s and values %s do not fit together", wording.Shape(q.shape), wording.Shape(k.shape), wording.Shape(v.shape))
	}
	shared := func(x *value) *value { // one head of keys repeated for several of queries
		if x.shape[1] == n {
			return x
		}
		wide := s.do("Expand", nil, s.reshape(x, x.shape[0], x.shape[1], 1, length, x.shape[3]), ints64(1, 1, n/x.shape[1], 1, 1))
		return s.reshape(wide, x.shape[0], n, length, x.shape[3])
	}
	scale := 1 / math.Sqrt(float64(d))
	if a := s.attr("scale", attrFloat); a != nil {
		scale = float64(s.attrFloat("scale", 0))
	}
	stages := []*value{s.do("Mul", nil, s.do("MatMul", nil, q, s.turned(shared(k))), number(scale))}
	scores := stages[0]
	if limit := float64(s.attrFloat("softcap", 0)); limit > 0 {
		scores = s.do("Mul", nil, s.do("Tanh", nil, s.do("Div", nil, scores, number(limit))), number(limit))
	}
	stages = append(stages, scores)
	masked := false
	if s.has(3) {
		mask := s.in[3]
		if last := len(mask.shape) - 1; last >= 0 && mask.shape[last] < length {
			mask = s.longer(mask, length)
		}
		if mask.typ == typeBool {
			scores = s.do("Where", nil, mask, scores, infinity(-1))
		} else {
			scores = s.do("Add", nil, scores, mask)
		}
		masked = true
	}
	if seen := s.seen(q.shape[0], q.shape[2], length, past); seen != nil {
		scores, masked = s.do("Where", nil, seen, scores, infinity(-1)), true
	}
	stages = append(stages, scores)
	p := s.do("Softmax", nil, scores)
	if masked { // a query that sees nothing gives zeros
		p = s.do("Where", nil, s.do("Greater", nil, s.over("ReduceMax", scores, 3), infinity(-1)), p, number(0))
	}
	stages = append(stages, p)
	y := s.do("MatMul", nil, p, shared(v))
	if len(s.in[0].shape) == 3 {
		y = s.permute(y, []int{0, 2, 1, 3})
		y = s.reshape(y, y.shape[0], y.shape[1], y.shape[2]*y.shape[3])
	}
	mode := s.attrInt("qk_matmul_output_mode", 0)
	if mode < 0 || mode >= len(stages) {
		s.fail("qk_matmul_output_mode is %d", mode)
	}
	return []*value{y, present[0], present[1], stages[mode]}
}

// longer extends a mask along the last axis by keys that do not take part.
func (s *site) longer(mask *value, length int) *value {
	shape := append([]int{}, mask.shape...)
	last := len(shape) - 1
	shape[last] = length - shape[last]
	s.spend(s, shape, 1)
	c := newConstant(mask.typ, shape...)
	for i := range c.f {
		c.f[i] = float32(math.Inf(-1))
	}
	return s.join(last, mask, knownValue("", c))
}

// seen returns which keys a query may see: truth values (B,1,queries,keys), or nil for all. Query i
// is at position i+offset of the sequence.
func (s *site) seen(batch, queries, keys, past int) *value {
	causal := s.attrInt("is_causal", 0) != 0
	left, right := s.attrInt("left_window_size", -1), s.attrInt("right_window_size", -1)
	if left < -1 || right < -1 {
		s.fail("its window is of %d and %d keys", left, right)
	}
	var lengths []int
	if s.has(6) {
		if lengths = s.ints(6); len(lengths) != batch {
			s.fail("it has %d lengths for %d sequences", len(lengths), batch)
		}
	} else if !causal && left < 0 && right < 0 {
		return nil
	} else {
		batch = 1
	}
	s.spend(s, []int{batch, queries, keys}, 1)
	c := newConstant(typeBool, batch, 1, queries, keys)
	for at := range c.i.len() {
		b, i, j := at/(queries*keys), at/keys%queries, at%keys
		place, end := i+past, keys
		if lengths != nil {
			place, end = i+lengths[b]-queries, lengths[b]
		}
		if j < end && (!causal || j <= place) && (left < 0 || place-j <= left) && (right < 0 || j-place <= right) {
			c.i.set(at, 1)
		}
	}
	return knownValue("", c)
}
