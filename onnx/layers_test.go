package onnx

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/tensor"
)

func normCases() []opCase {
	w := func(names ...string) []testTensor {
		var list []testTensor
		for _, n := range names {
			t := weights(n, 4)
			if n == "variance" {
				t.f = mapped(t.f, func(v float64) float64 { return float64(float32(math.Abs(v) + .5)) })
			}
			list = append(list, t)
		}
		return list
	}
	batch := w("scale", "bias", "mean", "variance")
	// grouped normalises groups of channels.
	grouped := func(x array, groups int, eps float64, scale, bias func(c int) float64) array {
		per, size := x.shape[1]/groups, tensor.Size(x.shape[2:])
		return generate(x.shape, func(at []int) float64 {
			g := at[1] / per
			v := x.data[g*per*size : (g+1)*per*size]
			m := sum(v) / float64(len(v))
			variance := sum(mapped(v, func(a float64) float64 { return square(a - m) })) / float64(len(v))
			return (x.at(at...)-m)/math.Sqrt(variance+eps)*scale(at[1]) + bias(at[1])
		})
	}
	list := []opCase{
		{name: "BatchNormalization", nodes: node("BatchNormalization", attrs{"epsilon": float32(.125)}, "x", "scale", "bias", "mean", "variance"), inits: batch, shape: []int{1, 4, 2, 3},
			want: func(x array) array {
				return generate(x.shape, func(at []int) float64 {
					c := at[1]
					return (x.at(at...)-batch[2].f[c])/math.Sqrt(batch[3].f[c]+.125)*batch[0].f[c] + batch[1].f[c]
				})
			}, kind: "Affine"},
		{name: "BatchNormalization behind Conv", opset: 7, nodes: []testNode{{op: "Conv", in: []string{"x", "w"}, out: []string{"z"}},
			{op: "BatchNormalization", in: []string{"z", "scale", "bias", "mean", "variance"}, out: []string{"y"}}}, inits: append(w("scale", "bias", "mean", "variance"), weights("w", 4, 2, 1, 1)),
			shape: []int{1, 2, 2, 3}, want: func(x array) array {
				z := convolved(x, weights("w", 4, 2, 1, 1).array(), geometry{kernel: []int{1, 1}})
				return generate(z.shape, func(at []int) float64 {
					c := at[1]
					return (z.at(at...)-batch[2].f[c])/math.Sqrt(batch[3].f[c]+1e-5)*batch[0].f[c] + batch[1].f[c]
				})
			}, kind: "Convolution"},
		{name: "InstanceNormalization", nodes: node("InstanceNormalization", nil, "x", "scale", "bias"), inits: batch[:2], shape: []int{1, 4, 2, 3},
			want: func(x array) array {
				return grouped(x, 4, 1e-5, func(c int) float64 { return batch[0].f[c] }, func(c int) float64 { return batch[1].f[c] })
			}},
		{name: "GroupNormalization", opset: 18, nodes: node("GroupNormalization", attrs{"num_groups": 2}, "x", "s", "b"), inits: []testTensor{floats("s", []int{2}, 2, -1), floats("b", []int{2}, .5, 3)},
			shape: []int{1, 4, 2, 3}, want: func(x array) array {
				return grouped(x, 2, 1e-5, func(c int) float64 { return []float64{2, -1}[c/2] }, func(c int) float64 { return []float64{.5, 3}[c/2] })
			}},
		{name: "GroupNormalization", opset: 21, nodes: node("GroupNormalization", attrs{"num_groups": 2}, "x", "scale", "bias"), inits: batch[:2],
			shape: []int{1, 4, 2, 3}, want: func(x array) array {
				return grouped(x, 2, 1e-5, func(c int) float64 { return batch[0].f[c] }, func(c int) float64 { return batch[1].f[c] })
			}},
	}
	for _, axis := range []int{-1, 2, 1} {
		a := axis
		if a < 0 {
			a = 3
		}
		shape := []int{1, 3, 2, 4}
		s, b := weights("s", shape[a:]...), weights("bias", shape[a:]...)
		list = append(list, opCase{name: fmt.Sprint("LayerNormalization ", axis), nodes: node("LayerNormalization", attrs{"axis": axis}, "x", "s", "bias"), inits: []testTensor{s, b}, shape: shape,
			want: func(x array) array { return layerNormed(x, a, 1e-5, s.array(), b.array()) }})
	}
	for _, axis := range []int{1, 2} {
		for _, p := range []int{1, 2} {
			list = append(list, opCase{name: fmt.Sprint("LpNormalization ", axis, p), nodes: node("LpNormalization", attrs{"axis": axis, "p": p}, "x"), shape: []int{1, 3, 4},
				want: func(x array) array {
					n := reduced(x, []int{axis}, true, func(v []float64) float64 {
						if p == 1 {
							return sum(mapped(v, math.Abs))
						}
						return math.Sqrt(sum(mapped(v, square)))
					})
					return pairwise(x, n, func(a, b float64) float64 { return a / b })
				}})
		}
	}
	for _, opset := range []int{11, 13} {
		for _, axis := range []int{1, 2, 3, -1} {
			for _, op := range []string{"Softmax", "LogSoftmax"} {
				// Something behind it, for a softmax at the end is left out.
				list = append(list, opCase{name: fmt.Sprint(op, " ", axis), opset: opset, shape: []int{1, 3, 2, 4},
					nodes: []testNode{{op: op, in: []string{"x"}, out: []string{"z"}, attrs: attrs{"axis": axis}}, {op: "Neg", in: []string{"z"}, out: []string{"y"}}},
					want: func(x array) array {
						var axes []int
						for a := range 4 {
							if a == (axis+4)%4 || opset < 13 && a > (axis+4)%4 {
								axes = append(axes, a)
							}
						}
						n := reduced(x, axes, true, func(v []float64) float64 { return sum(mapped(v, math.Exp)) })
						return pairwise(x, n, func(a, b float64) float64 {
							if op == "Softmax" {
								return -math.Exp(a) / b
							}
							return math.Log(b) - a
						})
					}})
			}
		}
	}
	quantize := func(scale []float64, zero []float64, axis int, typ elemType, lo, hi float64) opCase {
		shape := []int{}
		if len(scale) > 1 {
			shape = []int{len(scale)}
		}
		in := []testTensor{floats("s", shape, scale...), {name: "z", typ: typ, shape: shape, f: zero}}
		return opCase{name: fmt.Sprint("QuantizeLinear ", typ, axis), nodes: []testNode{{op: "QuantizeLinear", in: []string{"x", "s", "z"}, out: []string{"q"}, attrs: attrs{"axis": axis}},
			{op: "DequantizeLinear", in: []string{"q", "s", "z"}, out: []string{"y"}, attrs: attrs{"axis": axis}}}, inits: in, shape: []int{1, 3, 5}, flat: true,
			want: func(x array) array {
				return generate(x.shape, func(at []int) float64 {
					k := at[axis] % len(scale)
					return (math.Min(math.Max(math.RoundToEven(x.at(at...)/scale[k])+zero[k], lo), hi) - zero[k]) * scale[k]
				})
			}, kind: "Quantize"}
	}
	return append(list, quantize([]float64{.125}, []float64{3}, 1, typeUint8, 0, 255), quantize([]float64{.125, .25, .0078125}, []float64{3, -5, 0}, 1, typeInt8, -128, 127))
}

// layerNormed is the definition of LayerNormalization.
func layerNormed(x array, axis int, eps float64, scale, bias array) array {
	var axes []int
	for a := axis; a < len(x.shape); a++ {
		axes = append(axes, a)
	}
	mean := func(v []float64) float64 { return sum(v) / float64(len(v)) }
	m := reduced(x, axes, true, mean)
	d := pairwise(x, m, func(a, b float64) float64 { return a - b })
	v := reduced(d, axes, true, func(v []float64) float64 { return mean(mapped(v, square)) })
	y := pairwise(d, v, func(a, b float64) float64 { return a / math.Sqrt(b+eps) })
	y = pairwise(y, scale, func(a, b float64) float64 { return a * b })
	return pairwise(y, bias, func(a, b float64) float64 { return a + b })
}

func movementCases() []opCase {
	moved := func(name string, opset int, nodes []testNode, inits []testTensor, shape []int, out []int, from func(at []int) []int) opCase {
		return opCase{name: name, opset: opset, nodes: nodes, inits: inits, shape: shape, want: func(x array) array {
			return generate(out, func(at []int) float64 {
				f := from(at)
				if f == nil {
					return .75
				}
				return x.at(f...)
			})
		}}
	}
	flat := func(name string, opset int, nodes []testNode, inits []testTensor, shape, out []int) opCase {
		return opCase{name: name, opset: opset, nodes: nodes, inits: inits, shape: shape, want: func(x array) array { return array{out, x.data} }}
	}
	neg := func(c opCase) opCase { // views alone are not a network
		c.nodes = append([]testNode{{op: "Neg", in: []string{"x"}, out: []string{"n"}}}, c.nodes...)
		for i := range c.nodes[1:] {
			c.nodes[i+1].in[0] = "n"
		}
		want := c.want
		c.want = func(x array) array { return want(each(func(v float64) float64 { return -v })(x)) }
		return c
	}
	s4 := []int{1, 3, 4, 5}
	list := []opCase{
		moved("Transpose", 0, node("Transpose", attrs{"perm": []int{0, 2, 3, 1}}, "x"), nil, s4, []int{1, 4, 5, 3}, func(at []int) []int { return []int{0, at[3], at[1], at[2]} }),
		moved("Transpose default", 0, node("Transpose", nil, "x"), nil, []int{1, 3, 4}, []int{4, 3, 1}, func(at []int) []int { return []int{0, at[1], at[0]} }),
		moved("Transpose twice", 0, []testNode{{op: "Transpose", in: []string{"x"}, out: []string{"z"}, attrs: attrs{"perm": []int{2, 0, 1}}}, {op: "Transpose", in: []string{"z"}, out: []string{"y"}, attrs: attrs{"perm": []int{2, 1, 0}}}},
			nil, []int{1, 3, 4}, []int{3, 1, 4}, func(at []int) []int { return []int{0, at[0], at[2]} }),
		neg(flat("Reshape", 0, node("Reshape", nil, "x", "s"), []testTensor{ints("s", 0, -1, 2)}, s4, []int{1, 30, 2})),
		neg(flat("Reshape away the batch", 0, node("Reshape", nil, "x", "s"), []testTensor{ints("s", 5, -1)}, s4, []int{5, 12})),
		neg(flat("Flatten", 0, node("Flatten", nil, "x"), nil, s4, []int{1, 60})),
		neg(flat("Flatten 2", 0, node("Flatten", attrs{"axis": -2}, "x"), nil, s4, []int{3, 20})),
		neg(flat("Squeeze", 11, node("Squeeze", attrs{"axes": []int{2}}, "x"), nil, []int{1, 3, 1, 5}, []int{1, 3, 5})),
		neg(flat("Squeeze", 13, node("Squeeze", nil, "x", "a"), []testTensor{ints("a", -2, 0)}, []int{1, 3, 1, 5}, []int{3, 5})),
		neg(flat("Squeeze all", 13, node("Squeeze", nil, "x"), nil, []int{1, 3, 1, 5}, []int{3, 5})),
		neg(flat("Unsqueeze", 11, node("Unsqueeze", attrs{"axes": []int{0, 3}}, "x"), nil, []int{1, 3, 5}, []int{1, 1, 3, 1, 5})),
		neg(flat("Unsqueeze", 13, node("Unsqueeze", nil, "x", "a"), []testTensor{ints("a", -1)}, []int{1, 3, 5}, []int{1, 3, 5, 1})),
		moved("Expand", 0, node("Expand", nil, "x", "s"), []testTensor{ints("s", 2, 1, 4, 5)}, []int{1, 3, 1, 5}, []int{2, 3, 4, 5}, func(at []int) []int { return at }),
		moved("Tile", 0, node("Tile", nil, "x", "r"), []testTensor{ints("r", 1, 2, 3)}, []int{1, 3, 2}, []int{1, 6, 6}, func(at []int) []int { return []int{0, at[1] % 3, at[2] % 2} }),
		moved("Slice", 9, node("Slice", attrs{"starts": []int{1, -3}, "ends": []int{3, 1000}, "axes": []int{1, 3}}, "x"), nil, s4, []int{1, 2, 4, 3}, func(at []int) []int { return []int{0, at[1] + 1, at[2], at[3] + 2} }),
		moved("Slice", 10, node("Slice", nil, "x", "a", "b", "c", "d"), []testTensor{ints("a", 0, -1), ints("b", math.MaxInt32, math.MinInt64), ints("c", 2, 3), ints("d", 2, -2)}, s4, []int{1, 3, 2, 3},
			func(at []int) []int { return []int{0, at[1], 2 * at[2], 4 - 2*at[3]} }),
		moved("Gather", 0, node("Gather", attrs{"axis": 2}, "x", "i"), []testTensor{{name: "i", typ: typeInt64, shape: []int{2, 2}, f: []float64{3, 0, -1, 1}}}, s4, []int{1, 3, 2, 2, 5},
			func(at []int) []int { return []int{0, at[1], []int{3, 0, 3, 1}[2*at[2]+at[3]], at[4]} }),
		moved("Gather one", 0, node("Gather", attrs{"axis": 1}, "x", "i"), []testTensor{{name: "i", typ: typeInt64, f: []float64{-1}}}, s4, []int{1, 4, 5}, func(at []int) []int { return []int{0, 2, at[1], at[2]} }),
		moved("Concat", 0, []testNode{{op: "Slice", in: []string{"x", "a", "b", "c"}, out: []string{"z"}}, {op: "Concat", in: []string{"x", "z", "x"}, out: []string{"y"}, attrs: attrs{"axis": -2}}},
			[]testTensor{ints("a", 1), ints("b", 3), ints("c", 2)}, s4, []int{1, 3, 10, 5}, func(at []int) []int {
				return []int{0, at[1], []int{0, 1, 2, 3, 1, 2, 0, 1, 2, 3}[at[2]], at[3]}
			}),
		moved("Concat of the batch", 0, node("Concat", attrs{"axis": 0}, "x", "x"), nil, []int{1, 3}, []int{2, 3}, func(at []int) []int { return []int{0, at[1]} }),
		moved("Concat with constants", 0, []testNode{{op: "Concat", in: []string{"w", "x", "w", "w", "x", "w"}, out: []string{"y"}, attrs: attrs{"axis": 1}}},
			[]testTensor{floats("w", []int{1, 1, 2}, .75, .75)}, []int{1, 3, 2}, []int{1, 10, 2}, func(at []int) []int {
				if k := []int{-1, 0, 1, 2, -1, -1, 0, 1, 2, -1}[at[1]]; k >= 0 {
					return []int{0, k, at[2]}
				}
				return nil
			}),
		moved("Pad", 10, node("Pad", attrs{"pads": []int{0, 1, 0, 0, 0, 2}, "value": float32(.75)}, "x"), nil, []int{1, 3, 4}, []int{1, 4, 6}, func(at []int) []int {
			if at[1] < 1 || at[2] > 3 {
				return nil
			}
			return []int{0, at[1] - 1, at[2]}
		}),
		moved("Pad", 18, node("Pad", attrs{"mode": "constant"}, "x", "p", "v", "a"), []testTensor{ints("p", 1, 2), floats("v", nil, .75), ints("a", -1)}, []int{1, 3, 4}, []int{1, 3, 7}, func(at []int) []int {
			if at[2] < 1 || at[2] > 4 {
				return nil
			}
			return []int{0, at[1], at[2] - 1}
		}),
		moved("Pad reflect", 0, node("Pad", attrs{"mode": "reflect"}, "x", "p"), []testTensor{ints("p", 0, 2, 0, 0, 1, 3)}, []int{1, 3, 4}, []int{1, 6, 7}, func(at []int) []int {
			return []int{0, []int{2, 1, 0, 1, 2, 1}[at[1]], []int{0, 1, 2, 3, 2, 1, 0}[at[2]]}
		}),
		moved("Pad edge", 0, node("Pad", attrs{"mode": "edge"}, "x", "p"), []testTensor{ints("p", 0, 2, 0, 0, 1, 3)}, []int{1, 3, 4}, []int{1, 6, 7}, func(at []int) []int {
			return []int{0, min(max(at[1]-2, 0), 2), min(at[2], 3)}
		}),
		moved("Pad that cuts", 0, node("Pad", nil, "x", "p"), []testTensor{ints("p", 0, -1, 0, 0, 0, -2)}, []int{1, 3, 4}, []int{1, 2, 2}, func(at []int) []int { return []int{0, at[1] + 1, at[2]} }),
		moved("DepthToSpace", 0, node("DepthToSpace", attrs{"blocksize": 2}, "x"), nil, []int{1, 8, 2, 3}, []int{1, 2, 4, 6}, func(at []int) []int {
			return []int{0, (at[2]%2*2+at[3]%2)*2 + at[1], at[2] / 2, at[3] / 2}
		}),
		moved("DepthToSpace CRD", 0, node("DepthToSpace", attrs{"blocksize": 2, "mode": "CRD"}, "x"), nil, []int{1, 8, 2, 3}, []int{1, 2, 4, 6}, func(at []int) []int {
			return []int{0, at[1]*4 + at[2]%2*2 + at[3]%2, at[2] / 2, at[3] / 2}
		}),
		moved("SpaceToDepth", 0, node("SpaceToDepth", attrs{"blocksize": 2}, "x"), nil, []int{1, 2, 4, 6}, []int{1, 8, 2, 3}, func(at []int) []int {
			return []int{0, at[1] % 2, at[2]*2 + at[1]/4, at[3]*2 + at[1]/2%2}
		}),
	}
	split := func(name string, opset int, n testNode, inits []testTensor, shape, out []int, from func(at []int) []int) {
		n.op, n.out = "Split", []string{"a", "b", "y"}
		list = append(list, moved(name, opset, []testNode{n}, inits, shape, out, from))
	}
	split("Split", 11, testNode{in: []string{"x"}, attrs: attrs{"axis": 1, "split": []int{1, 1, 2}}}, nil, []int{1, 4, 3}, []int{1, 2, 3}, func(at []int) []int { return []int{0, at[1] + 2, at[2]} })
	split("Split", 13, testNode{in: []string{"x", "s"}, attrs: attrs{"axis": -1}}, []testTensor{ints("s", 1, 1, 2)}, []int{1, 3, 4}, []int{1, 3, 2}, func(at []int) []int { return []int{0, at[1], at[2] + 2} })
	split("Split into equal parts", 13, testNode{in: []string{"x"}, attrs: attrs{"axis": 1}}, nil, []int{1, 6, 3}, []int{1, 2, 3}, func(at []int) []int { return []int{0, at[1] + 4, at[2]} })
	split("Split with a rest", 18, testNode{in: []string{"x"}, attrs: attrs{"axis": 1, "num_outputs": 3}}, nil, []int{1, 7, 3}, []int{1, 1, 3}, func(at []int) []int { return []int{0, 6, at[2]} })
	return list
}

// product is numpy's matmul of arrays of two axes or more.
func product(a, b array) array {
	ra, rb := len(a.shape), len(b.shape)
	shape, _ := broadcastShape(a.shape[:ra-2], b.shape[:rb-2])
	shape = append(shape, a.shape[ra-2], b.shape[rb-1])
	return generate(shape, func(at []int) float64 {
		n := len(at)
		v := 0.0
		for k := range a.shape[ra-1] {
			i, j := slices.Clone(at), slices.Clone(at)
			i[n-1], j[n-2] = k, k
			v += a.at(i...) * b.at(j...)
		}
		return v
	})
}

func productCases() []opCase {
	constant := func(shape []int, w testTensor, kind string) opCase {
		return opCase{name: fmt.Sprint("MatMul ", shape, w.shape), nodes: node("MatMul", nil, "x", "w"), inits: []testTensor{w}, shape: shape, want: func(x array) array { return product(x, w.array()) }, kind: kind}
	}
	first := func(shape []int, w testTensor) opCase {
		return opCase{name: fmt.Sprint("MatMul ", w.shape, shape), nodes: node("MatMul", nil, "w", "x"), inits: []testTensor{w}, shape: shape, want: func(x array) array { return product(w.array(), x) }}
	}
	list := []opCase{
		constant([]int{1, 4}, weights("w", 4, 3), "InnerProduct"),
		constant([]int{1, 5, 4}, weights("w", 4, 3), "MatMul"),
		constant([]int{1, 2, 5, 4}, weights("w", 2, 4, 3), "MatMul"),
		constant([]int{1, 5, 4}, weights("w", 2, 4, 3), "MatMul"),
		first([]int{1, 4, 5}, weights("w", 3, 4)),
		first([]int{1, 2, 4, 5}, weights("w", 2, 3, 4)),
		{name: "MatMul of vectors", nodes: node("MatMul", nil, "x", "w"), inits: []testTensor{weights("w", 4)}, shape: []int{1, 5, 4}, want: func(x array) array {
			y := product(x, array{[]int{4, 1}, weights("w", 4).f})
			return array{[]int{1, 5}, y.data}
		}},
		{name: "MatMul of two", nodes: []testNode{{op: "Transpose", in: []string{"x"}, out: []string{"t"}, attrs: attrs{"perm": []int{0, 1, 3, 2}}}, {op: "MatMul", in: []string{"x", "t"}, out: []string{"y"}}},
			shape: []int{1, 2, 3, 4}, want: func(x array) array {
				return product(x, generate([]int{1, 2, 4, 3}, func(at []int) float64 { return x.at(0, at[1], at[3], at[2]) }))
			}},
		{name: "MatMul of two ranks", nodes: []testNode{{op: "Gather", in: []string{"x", "i"}, out: []string{"g"}, attrs: attrs{"axis": 1}}, {op: "MatMul", in: []string{"x", "g"}, out: []string{"y"}}},
			inits: []testTensor{{name: "i", typ: typeInt64, f: []float64{1}}}, shape: []int{1, 2, 3, 3}, want: func(x array) array {
				return product(x, generate([]int{1, 3, 3}, func(at []int) float64 { return x.at(0, 1, at[1], at[2]) }))
			}},
		{name: "MatMul and bias", nodes: []testNode{{op: "MatMul", in: []string{"x", "w"}, out: []string{"z"}}, {op: "Add", in: []string{"b", "z"}, out: []string{"y"}}},
			inits: []testTensor{weights("w", 4, 3), weights("b", 3)}, shape: []int{1, 4}, want: func(x array) array {
				return pairwise(product(x, weights("w", 4, 3).array()), weights("b", 3).array(), func(a, b float64) float64 { return a + b })
			}, kind: "InnerProduct"},
	}
	for _, turned := range []int{0, 1} {
		w := weights("w", 4, 3)
		if turned == 1 {
			w.shape = []int{3, 4}
		}
		matrix := func() array {
			if turned == 0 {
				return w.array()
			}
			return generate([]int{4, 3}, func(at []int) float64 { return w.array().at(at[1], at[0]) })
		}
		for _, c := range []testTensor{weights("c", 3), weights("c", 1, 3), weights("c"), weights("c", 1)} {
			list = append(list, opCase{name: fmt.Sprint("Gemm ", turned, c.shape), nodes: node("Gemm", attrs{"transB": turned, "alpha": float32(.5), "beta": float32(2)}, "x", "w", "c"), inits: []testTensor{w, c},
				shape: []int{1, 4}, want: func(x array) array {
					return pairwise(product(x, matrix()), c.array(), func(a, b float64) float64 { return .5*a + 2*b })
				}})
		}
		list = append(list, opCase{name: fmt.Sprint("Gemm of rows ", turned), nodes: []testNode{{op: "Squeeze", in: []string{"x", "0"}, out: []string{"m"}}, {op: "Gemm", in: []string{"m", "w"}, out: []string{"y"}, attrs: attrs{"transA": 1, "transB": turned}}},
			inits: []testTensor{w, ints("0", 0)}, shape: []int{1, 4, 2}, want: func(x array) array {
				return product(generate([]int{2, 4}, func(at []int) float64 { return x.at(0, at[1], at[0]) }), matrix())
			}})
	}
	einsum := func(equation string, shape []int, w testTensor, out []int, f func(x, w array, at []int) float64) {
		list = append(list, opCase{name: "Einsum " + equation, nodes: node("Einsum", attrs{"equation": equation}, "x", "w"), inits: []testTensor{w}, shape: shape,
			want: func(x array) array {
				return generate(out, func(at []int) float64 { return f(x, w.array(), at) })
			}})
	}
	dot := func(n int, f func(k int) float64) float64 {
		v := 0.0
		for k := range n {
			v += f(k)
		}
		return v
	}
	einsum("bhid, hdj -> bhij", []int{1, 2, 3, 4}, weights("w", 2, 4, 5), []int{1, 2, 3, 5}, func(x, w array, at []int) float64 {
		return dot(4, func(k int) float64 { return x.at(0, at[1], at[2], k) * w.at(at[1], k, at[3]) })
	})
	einsum("bhwc,hkc->bhwk", []int{1, 3, 2, 4}, weights("w", 3, 5, 4), []int{1, 3, 2, 5}, func(x, w array, at []int) float64 {
		return dot(4, func(k int) float64 { return x.at(0, at[1], at[2], k) * w.at(at[1], at[3], k) })
	})
	einsum("bij,kj->ki", []int{1, 3, 4}, weights("w", 5, 4), []int{5, 3}, func(x, w array, at []int) float64 {
		return dot(4, func(k int) float64 { return x.at(0, at[1], k) * w.at(at[0], k) })
	})
	list = append(list,
		opCase{name: "Einsum of attention", nodes: node("Einsum", attrs{"equation": "B G H I D,B G H J D->B G H I J"}, "x", "x"), shape: []int{1, 2, 2, 3, 4}, want: func(x array) array {
			return generate([]int{1, 2, 2, 3, 3}, func(at []int) float64 {
				return dot(4, func(k int) float64 { return x.at(0, at[1], at[2], at[3], k) * x.at(0, at[1], at[2], at[4], k) })
			})
		}},
		opCase{name: "Einsum of one", nodes: node("Einsum", attrs{"equation": "bij->bj"}, "x"), shape: []int{1, 3, 4}, want: func(x array) array {
			return generate([]int{1, 4}, func(at []int) float64 { return dot(3, func(k int) float64 { return x.at(0, k, at[1]) }) })
		}},
		opCase{name: "Einsum implicit", nodes: node("Einsum", attrs{"equation": "bij"}, "x"), shape: []int{1, 3, 4}, want: func(x array) array { return x }},
	)
	for i := range list { // that is not a network
		if list[i].name == "Einsum implicit" {
			list[i].nodes = append(list[i].nodes[:0:0], testNode{op: "Neg", in: []string{"x"}, out: []string{"n"}}, testNode{op: "Einsum", in: []string{"n"}, out: []string{"y"}, attrs: attrs{"equation": "bji"}})
			list[i].want = func(x array) array {
				return generate([]int{1, 4, 3}, func(at []int) float64 { return -x.at(0, at[2], at[1]) })
			}
		}
	}
	return list
}
