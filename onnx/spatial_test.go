package onnx

import (
	"fmt"
	"math"
	"slices"
)

// A geometry is the attributes of a convolution or pooling.
type geometry struct {
	kernel, stride, dilation, pads []int
	group                          int
	ceil, include                  bool
}

func (g geometry) attrs(conv bool) attrs {
	a := attrs{"kernel_shape": g.kernel}
	if g.stride != nil {
		a["strides"] = g.stride
	}
	if g.dilation != nil {
		a["dilations"] = g.dilation
	}
	if g.pads != nil {
		a["pads"] = g.pads
	}
	if conv && g.group > 0 {
		a["group"] = g.group
	}
	if g.ceil {
		a["ceil_mode"] = 1
	}
	if g.include {
		a["count_include_pad"] = 1
	}
	return a
}

// full fills in the defaults.
func (g geometry) full() geometry {
	if g.stride == nil {
		g.stride = []int{1, 1}
	}
	if g.dilation == nil {
		g.dilation = []int{1, 1}
	}
	if g.pads == nil {
		g.pads = []int{0, 0, 0, 0}
	}
	g.group = max(g.group, 1)
	return g
}

func (g geometry) out(size, a int) int {
	room := size + g.pads[a] + g.pads[2+a] - g.dilation[a]*(g.kernel[a]-1) - 1
	n := room/g.stride[a] + 1
	if g.ceil && room%g.stride[a] != 0 && n*g.stride[a] < size+g.pads[a] {
		n++
	}
	return n
}

// convolved is the definition of Conv.
func convolved(x, w array, g geometry) array {
	g = g.full()
	shape := []int{1, w.shape[0], g.out(x.shape[2], 0), g.out(x.shape[3], 1)}
	per := w.shape[0] / g.group
	return generate(shape, func(at []int) float64 {
		v := 0.0
		generate(w.shape[1:], func(k []int) float64 {
			v += w.at(at[1], k[0], k[1], k[2]) * x.padded(0, 0, at[1]/per*w.shape[1]+k[0],
				at[2]*g.stride[0]+k[1]*g.dilation[0]-g.pads[0], at[3]*g.stride[1]+k[2]*g.dilation[1]-g.pads[1])
			return 0
		})
		return v
	})
}

// deconvolved is the definition of ConvTranspose, before the output is cut to a shape.
func deconvolved(x, w array, g geometry, shape []int) array {
	g = g.full()
	per := x.shape[1] / g.group
	out := generate(shape, func([]int) float64 { return 0 })
	generate(x.shape, func(at []int) float64 {
		generate(w.shape[1:], func(k []int) float64 {
			r, c := at[2]*g.stride[0]+k[1]*g.dilation[0]-g.pads[0], at[3]*g.stride[1]+k[2]*g.dilation[1]-g.pads[1]
			if r >= 0 && r < shape[2] && c >= 0 && c < shape[3] {
				o := at[1]/per*w.shape[1] + k[0]
				out.data[(o*shape[2]+r)*shape[3]+c] += x.at(at...) * w.at(at[1], k[0], k[1], k[2])
			}
			return 0
		})
		return 0
	})
	return out
}

// pooled is the definition of MaxPool and AveragePool.
func pooled(x array, g geometry, average bool) array {
	g = g.full()
	shape := []int{1, x.shape[1], g.out(x.shape[2], 0), g.out(x.shape[3], 1)}
	return generate(shape, func(at []int) float64 {
		best, total, n := math.Inf(-1), 0.0, 0
		for i := range g.kernel[0] {
			for j := range g.kernel[1] {
				r, c := at[2]*g.stride[0]+i-g.pads[0], at[3]*g.stride[1]+j-g.pads[1]
				inside := r >= 0 && r < x.shape[2] && c >= 0 && c < x.shape[3]
				if inside {
					best = math.Max(best, x.at(0, at[1], r, c))
					total += x.at(0, at[1], r, c)
				}
				if inside || g.include && r < x.shape[2]+g.pads[2] && c < x.shape[3]+g.pads[3] {
					n++
				}
			}
		}
		if average {
			return total / float64(n)
		}
		return best
	})
}

func spatialCases() []opCase {
	var list []opCase
	for i, g := range []geometry{
		{kernel: []int{3, 3}},
		{kernel: []int{3, 2}, stride: []int{2, 1}, pads: []int{1, 0, 2, 1}},
		{kernel: []int{2, 3}, dilation: []int{2, 2}, pads: []int{1, 2, 1, 2}, group: 2},
		{kernel: []int{3, 3}, group: 4, pads: []int{1, 1, 1, 1}},
		{kernel: []int{1, 1}, stride: []int{2, 2}},
	} {
		w := weights("w", 8, 4/max(1, g.group), g.kernel[0], g.kernel[1])
		list = append(list, opCase{name: fmt.Sprint("Conv ", i), nodes: node("Conv", g.attrs(true), "x", "w", "b"), inits: []testTensor{w, weights("b", 8)},
			shape: []int{1, 4, 7, 6}, want: func(x array) array {
				return pairwise(convolved(x, w.array(), g), array{[]int{8, 1, 1}, weights("b", 8).f}, func(a, b float64) float64 { return a + b })
			}, kind: "Convolution"})
		u := weights("w", 4, 6/max(1, g.group), g.kernel[0], g.kernel[1])
		if 4%max(1, g.group) != 0 || u.shape[1] == 0 || g.group == 4 {
			continue
		}
		list = append(list, opCase{name: fmt.Sprint("ConvTranspose ", i), nodes: node("ConvTranspose", g.attrs(true), "x", "w"), inits: []testTensor{u},
			shape: []int{1, 4, 5, 4}, want: func(x array) array {
				f := g.full()
				shape := []int{1, u.shape[1] * f.group, 0, 0}
				for a := range 2 {
					shape[2+a] = f.stride[a]*(x.shape[2+a]-1) + f.dilation[a]*(f.kernel[a]-1) + 1 - f.pads[a] - f.pads[2+a]
				}
				return deconvolved(x, u.array(), g, shape)
			}})
	}
	w := weights("w", 2, 3, 3, 3)
	same := func(auto string, pads ...int) opCase {
		return opCase{name: "Conv " + auto, nodes: node("Conv", attrs{"auto_pad": auto, "strides": []int{2, 2}}, "x", "w"), inits: []testTensor{w}, shape: []int{1, 3, 6, 5},
			want: func(x array) array {
				return convolved(x, w.array(), geometry{kernel: []int{3, 3}, stride: []int{2, 2}, pads: pads})
			}}
	}
	list = append(list, same("SAME_UPPER", 0, 1, 1, 1), same("SAME_LOWER", 1, 1, 0, 1), same("VALID", 0, 0, 0, 0),
		opCase{name: "Conv behind Pad", nodes: []testNode{{op: "Pad", in: []string{"x", "p"}, out: []string{"z"}}, {op: "Conv", in: []string{"z", "w"}, out: []string{"y"}}},
			inits: []testTensor{w, ints("p", 0, 0, 1, 0, 0, 0, 2, 1)}, shape: []int{1, 3, 6, 5}, want: func(x array) array {
				return convolved(x, w.array(), geometry{kernel: []int{3, 3}, pads: []int{1, 0, 2, 1}})
			}, kind: "Convolution"},
		opCase{name: "Conv of sequences", nodes: node("Conv", attrs{"pads": []int{1, 0}, "strides": []int{2}}, "x", "v"), inits: []testTensor{weights("v", 2, 3, 3)}, shape: []int{1, 3, 8},
			want: func(x array) array {
				y := convolved(array{[]int{1, 3, 1, 8}, x.data}, array{[]int{2, 3, 1, 3}, weights("v", 2, 3, 3).f}, geometry{kernel: []int{1, 3}, stride: []int{1, 2}, pads: []int{0, 1, 0, 0}})
				return array{[]int{1, 2, y.shape[3]}, y.data}
			}})
	u := weights("w", 3, 2, 3, 3)
	for name, a := range map[string]attrs{
		"output_padding": {"strides": []int{2, 2}, "pads": []int{1, 1, 1, 1}, "output_padding": []int{1, 0}},
		"output_shape":   {"strides": []int{2, 2}, "output_shape": []int{6, 5}},
		"SAME_UPPER":     {"strides": []int{2, 2}, "auto_pad": "SAME_UPPER"},
	} {
		pads, shape := []int{1, 1, 1, 1}, []int{1, 2, 6, 5}
		switch name {
		case "output_shape":
			pads = []int{1, 1, 0, 1} // the larger part first
			shape = []int{1, 2, 6, 5}
		case "SAME_UPPER":
			pads, shape = []int{0, 0, 1, 1}, []int{1, 2, 6, 6}
		}
		list = append(list, opCase{name: "ConvTranspose " + name, nodes: node("ConvTranspose", a, "x", "w"), inits: []testTensor{u}, shape: []int{1, 3, 3, 3},
			want: func(x array) array {
				return deconvolved(x, u.array(), geometry{kernel: []int{3, 3}, stride: []int{2, 2}, pads: pads}, shape)
			}})
	}
	for i, g := range []geometry{
		{kernel: []int{2, 2}, stride: []int{2, 2}},
		{kernel: []int{3, 3}, stride: []int{2, 2}, pads: []int{1, 1, 1, 1}},
		{kernel: []int{3, 3}, stride: []int{2, 2}, pads: []int{1, 1, 1, 1}, ceil: true},
		{kernel: []int{3, 2}, stride: []int{2, 3}, ceil: true, include: true},
		{kernel: []int{3, 3}, stride: []int{2, 2}, pads: []int{1, 1, 1, 1}, include: true},
		{kernel: []int{3, 3}, stride: []int{3, 3}, pads: []int{0, 1, 1, 0}, ceil: true, include: true},
	} {
		list = append(list, opCase{name: fmt.Sprint("AveragePool ", i), nodes: node("AveragePool", g.attrs(false), "x"), shape: []int{1, 3, 8, 7},
			want: func(x array) array { return pooled(x, g, true) }})
		if !g.include {
			list = append(list, opCase{name: fmt.Sprint("MaxPool ", i), nodes: node("MaxPool", g.attrs(false), "x"), shape: []int{1, 3, 8, 7},
				want: func(x array) array { return pooled(x, g, false) }})
		}
	}
	mean := func(v []float64) float64 { return sum(v) / float64(len(v)) }
	list = append(list,
		opCase{name: "GlobalAveragePool", nodes: node("GlobalAveragePool", nil, "x"), shape: []int{1, 3, 4, 5}, want: func(x array) array { return reduced(x, []int{2, 3}, true, mean) }},
		opCase{name: "GlobalMaxPool", nodes: node("GlobalMaxPool", nil, "x"), shape: []int{1, 3, 4, 5}, want: func(x array) array { return reduced(x, []int{2, 3}, true, slices.Max[[]float64]) }},
		opCase{name: "GlobalAveragePool of sequences", nodes: node("GlobalAveragePool", nil, "x"), shape: []int{1, 3, 4}, want: func(x array) array { return reduced(x, []int{2}, true, mean) }},
		opCase{name: "AveragePool behind Pad", nodes: []testNode{{op: "Pad", in: []string{"x", "p"}, out: []string{"z"}}, {op: "AveragePool", in: []string{"z"}, out: []string{"y"}, attrs: attrs{"kernel_shape": []int{3, 2}}}},
			inits: []testTensor{ints("p", 0, 0, 1, 1, 0, 0, 2, 0)}, shape: []int{1, 3, 6, 5}, want: func(x array) array {
				return pooled(x, geometry{kernel: []int{3, 2}, pads: []int{1, 1, 2, 0}, include: true}, true)
			}, kind: "Pooling"},
		opCase{name: "LRN", nodes: node("LRN", attrs{"size": 3, "alpha": float32(.5), "beta": float32(.75), "bias": float32(2)}, "x"), shape: []int{1, 5, 2, 2}, want: func(x array) array {
			return generate(x.shape, func(at []int) float64 {
				s := 0.0
				for c := at[1] - 1; c <= at[1]+1; c++ {
					s += square(x.padded(0, 0, c, at[2], at[3]))
				}
				return x.at(at...) / math.Pow(2+.5/3*s, .75)
			})
		}})
	return append(list, resizeCases()...)
}

// resized is the definition of Resize along one axis after the other: where a pixel's
// place is, and what there is between pixels.
func resized(
	x array, scale []float64, out []int, place func(i int, scale float64, n, m int) float64, linear bool,
	nearest func(float64) float64,
) array {
	shape := []int{1, x.shape[1], out[0], out[1]}
	at := func(i, a int) (int, int, float64) {
		n := x.shape[2+a]
		p := place(i, scale[a], n, out[a])
		if !linear {
			k := min(max(int(nearest(p)), 0), n-1)
			return k, k, 0
		}
		p = math.Min(math.Max(p, 0), float64(n-1))
		k := int(p)
		return k, min(k+1, n-1), p - float64(k)
	}
	return generate(shape, func(to []int) float64 {
		r0, r1, fr := at(to[2], 0)
		c0, c1, fc := at(to[3], 1)
		c := to[1]
		return (1-fr)*((1-fc)*x.at(0, c, r0, c0)+fc*x.at(0, c, r0, c1)) + fr*((1-fc)*x.at(0, c, r1, c0)+fc*x.at(0, c, r1, c1))
	})
}

func resizeCases() []opCase {
	places := map[string]func(i int, scale float64, n, m int) float64{
		"half_pixel": func(i int, scale float64, n, m int) float64 { return (float64(i)+.5)/scale - .5 },
		"pytorch_half_pixel": func(i int, scale float64, n, m int) float64 {
			if m == 1 {
				return 0
			}
			return (float64(i)+.5)/scale - .5
		},
		"align_corners": func(i int, scale float64, n, m int) float64 {
			if m == 1 {
				return 0
			}
			return float64(i) * float64(n-1) / float64(m-1)
		},
		"asymmetric": func(i int, scale float64, n, m int) float64 { return float64(i) / scale },
	}
	roundings := map[string]func(float64) float64{
		"round_prefer_floor": func(v float64) float64 { return math.Ceil(v - .5) },
		"round_prefer_ceil":  func(v float64) float64 { return math.Floor(v + .5) },
		"floor":              math.Floor,
		"ceil":               math.Ceil,
	}
	var list []opCase
	add := func(name string, opset int, op string, a attrs, inits []testTensor, in []string, want func(array) array) {
		list = append(list, opCase{name: name, opset: opset, nodes: node(op, a, in...), inits: inits, shape: []int{1, 2, 4, 5}, want: want})
	}
	for mode, place := range places {
		for _, out := range [][]int{{8, 10}, {3, 2}, {5, 7}} {
			scale := []float64{float64(out[0]) / 4, float64(out[1]) / 5}
			size := []testTensor{ints("s", 1, 2, out[0], out[1])}
			in := []string{"x", "", "", "s"}
			add(fmt.Sprint("Resize linear ", mode, out), 13, "Resize", attrs{"mode": "linear", "coordinate_transformation_mode": mode}, size, in,
				func(x array) array { return resized(x, scale, out, place, true, nil) })
			for r, rounding := range roundings {
				add(fmt.Sprint("Resize nearest ", mode, r, out), 11, "Resize", attrs{"mode": "nearest", "coordinate_transformation_mode": mode, "nearest_mode": r}, size, in,
					func(x array) array { return resized(x, scale, out, place, false, rounding) })
			}
		}
	}
	scales := func(v ...float64) []testTensor { return []testTensor{floats("s", []int{4}, v...)} }
	add("Resize by scales", 13, "Resize", attrs{"mode": "linear"}, scales(1, 1, 1.5, .7), []string{"x", "", "s"},
		func(x array) array {
			return resized(x, []float64{1.5, float64(float32(.7))}, []int{6, 3}, places["half_pixel"], true, nil)
		})
	// The corners are those of the pixels there are, as in PyTorch and ONNX Runtime; ONNX's own test would have them
	// between pixels.
	add("Resize by scales between corners", 13, "Resize", attrs{"mode": "linear", "coordinate_transformation_mode": "align_corners"}, scales(1, 1, .6, .7),
		[]string{"x", "", "s"}, func(x array) array {
			return resized(x, []float64{.6, .7}, []int{2, 3}, places["align_corners"], true, nil)
		})
	add("Resize of two axes", 18, "Resize", attrs{"mode": "nearest", "axes": []int{3, 2}}, []testTensor{ints("s", 10, 8)}, []string{"x", "", "", "s"},
		func(x array) array {
			return resized(x, []float64{2, 2}, []int{8, 10}, places["half_pixel"], false, roundings["round_prefer_floor"])
		})
	add("Resize", 10, "Resize", attrs{"mode": "nearest"}, scales(1, 1, 2, 2), []string{"x", "s"},
		func(x array) array {
			return resized(x, []float64{2, 2}, []int{8, 10}, places["asymmetric"], false, math.Floor)
		})
	add("Upsample", 9, "Upsample", attrs{"mode": "linear"}, scales(1, 1, 2, 2), []string{"x", "s"},
		func(x array) array {
			return resized(x, []float64{2, 2}, []int{8, 10}, places["asymmetric"], true, nil)
		})
	add("Upsample", 7, "Upsample", attrs{"mode": "nearest", "scales": []float32{1, 1, 2, 3}}, nil, []string{"x"},
		func(x array) array {
			return resized(x, []float64{2, 3}, []int{8, 15}, places["asymmetric"], false, math.Floor)
		})
	return list
}
