package onnx

// fixed is the definition of an operator by the numbers that ONNX's reference evaluator,
// or ONNX Runtime where that refuses, gives for the input of the test.
func fixed(shape []int, numbers ...float64) func(array) array {
	return func(array) array { return array{shape, numbers} }
}

// composedCases are operators that are made of others, or of moves to known places.
func composedCases() []opCase {
	inner := func(shape []int) []int { // the batch, and one more axis
		return append([]int{1}, shape...)
	}
	idx := func(name string, shape []int, v ...float64) testTensor {
		return testTensor{name: name, typ: typeInt64, shape: shape, f: v}
	}
	s234 := inner([]int{2, 3, 4})
	list := []opCase{
		{name: "RMSNormalization", opset: 23, nodes: node("RMSNormalization", attrs{"axis": -2}, "x", "w"), inits: []testTensor{weights("w", 3, 4)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.04379262, 0.4486762, -0.2632476, -0.8396682, 0.1343888, 1.058532, -0.03412921, 0.5905913, -0.653742,
				0.9481232, -0.7689503, -0.009497509, -0.9320676, 0.1731884, -0.5348315, 0.3559022, 0.4534099, -0.4014068, 0.344128, -0.5712242,
				-0.4054124, -0.7007496, 0.203633, 0.1140626)},
		{name: "MeanVarianceNormalization", opset: 17, nodes: node("MeanVarianceNormalization", nil, "x"), inits: nil, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, -0.1947601, 1.180017, -1.019626, 0.7675838, -0.4697154, 1.317495, -0.05728237, 1.042539, 0.9050615,
				-1.432059, -1.707015, -0.3322378, -0.7684233, 0.9081366, -1.271391, -0.09779934, -0.4331113, -0.2654553, -1.606703, -0.9360793,
				1.075793, 1.243448, 0.7404806, 1.411104)},
		{name: "SwiGLU", opset: 28, nodes: node("SwiGLU", attrs{"alpha": float32(1.5)}, "x", "x"), inits: nil, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.0004863377, 0.5863772, 0.07285473, 0.2698104, 0.008288753, 0.7231734, 0.007073674, 0.4654277,
				0.3600409, 0.1312359, 0.1642898, 0.001323889, 0.09277026, 0.04761872, 0.1486423, 0.02010439, 0.05347617, 0.03554739, 0.177924,
				0.112444, 0.08398196, 0.1325262, 0.02237108, 0.1941976)},
		{name: "Swish", opset: 24, nodes: node("Swish", attrs{"alpha": float32(0.7)}, "x"), inits: nil, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.01558303, 0.558926, -0.1964053, 0.3720952, -0.06469022, 0.6253405, 0.05936308, 0.494535, 0.4322366,
				-0.2709375, -0.3098313, -0.02576771, -0.2234862, 0.1541742, -0.291422, -0.1011938, -0.1670221, -0.135296, -0.3262358, -0.2483122,
				0.2051665, 0.258511, 0.1055652, 0.3141692)},
		{name: "ReduceLogSumExp", opset: 18, nodes: node("ReduceLogSumExp", attrs{"keepdims": 0}, "x", "a"), inits: []testTensor{ints("a", 1, -1)}, shape: s234,
			want: fixed([]int{1, 3}, 2.200454, 2.206538, 2.28029)},
		{name: "ReduceProd", opset: 18, nodes: node("ReduceProd", nil, "x", "a"), inits: []testTensor{ints("a", 2)}, shape: s234,
			want: fixed([]int{1, 2, 1, 4}, -0.002921266, -0.5888522, 0.04744807, -0.02517699, 0.07763047, -0.03801606, 0.1536069, 0.07397346)},
		{name: "CumSum", opset: 14, nodes: node("CumSum", nil, "x", "a"), inits: []testTensor{idx("a", nil, 2)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.03083333, 0.8641667, -0.4691667, 0.6141667, -0.105, 1.811667, -0.355, 1.395, 0.5925, 1.0925, -1.240833,
				1.3425, -0.5525, 0.2808333, -0.8025, -0.2191667, -0.9383333, -0.02166668, -1.771667, -0.855, -0.5741667, 0.4258333, -1.574167, -0.3241667)},
		{name: "CumSum turned", opset: 14, nodes: node("CumSum", attrs{"reverse": 1, "exclusive": 1}, "x", "a"), inits: []testTensor{idx("a", nil, -1)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 1.009167, 0.145, 0.6141667, 0, 1.8425, 0.895, 0.7808333, 0, -1.6575, -0.9383333, -0.0525, 0, -0.7408333,
				-1.021667, -0.2191667, 0, -1.9075, -1.605, -0.6358333, 0, 1.175833, 0.7283333, 0.5308333, 0)},
		{name: "GatherElements", opset: 13, nodes: node("GatherElements", attrs{"axis": 2}, "x", "i"), inits: []testTensor{idx("i", []int{1, 2, 2, 3}, 0, 1, 2, 2, -1, 0, 1, 1, 1, -3, 0, 2)}, shape: s234,
			want: fixed([]int{1, 2, 2, 3}, 0.03083333, 0.9475, -0.8858333, 0.6975, -0.7191667, -0.4691667, -0.3858333, -0.3025, -0.9691667, -0.5525,
				0.2808333, 0.1975)},
		{name: "GatherND", opset: 13, nodes: node("GatherND", nil, "x", "i"), inits: []testTensor{idx("i", []int{1, 2, 3}, 0, 1, 2, 0, -2, 0)}, shape: s234,
			want: fixed([]int{1, 2, 4}, 0.3641667, 0.4475, 0.1975, 0.5308333, 0.03083333, 0.8641667, -0.4691667, 0.6141667)},
		{name: "GatherND of a batch", opset: 13, nodes: node("GatherND", attrs{"batch_dims": 1}, "x", "i"), inits: []testTensor{idx("i", []int{1, 3, 2}, 1, 2, 0, 0, 1, -1)}, shape: s234,
			want: fixed([]int{1, 3, 4}, 0.3641667, 0.4475, 0.1975, 0.5308333, 0.03083333, 0.8641667, -0.4691667, 0.6141667, 0.3641667, 0.4475,
				0.1975, 0.5308333)},
		{name: "ScatterND", opset: 16, nodes: node("ScatterND", nil, "x", "i", "u"), inits: []testTensor{idx("i", []int{2, 3}, 0, 1, 2, 0, 0, -3), weights("u", 2, 4)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, -0.7695954, -0.5555837, 0.08845979, 0.8466988, -0.1358333, 0.9475, 0.1141667, 0.7808333, 0.6975,
				-0.7191667, -0.8858333, -0.0525, -0.5525, 0.2808333, -0.8025, -0.2191667, -0.3858333, -0.3025, -0.9691667, -0.6358333, -0.5823933,
				-0.1946898, -0.6494395, 0.8462691)},
		{name: "ScatterElements", opset: 16, nodes: node("ScatterElements", attrs{"axis": 3}, "x", "i", "u"), inits: []testTensor{idx("i", []int{1, 1, 2, 2}, 0, 3, 2, -3), weights("u", 1, 1, 2, 2)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.8185303, 0.8641667, -0.4691667, -0.1891727, -0.1358333, 0.5177748, -0.3409131, 0.7808333, 0.6975,
				-0.7191667, -0.8858333, -0.0525, -0.5525, 0.2808333, -0.8025, -0.2191667, -0.3858333, -0.3025, -0.9691667, -0.6358333, 0.3641667,
				0.4475, 0.1975, 0.5308333)},
		{name: "Compress", opset: 11, nodes: node("Compress", attrs{"axis": 3}, "x", "c"), inits: []testTensor{{name: "c", typ: typeBool, shape: []int{4}, f: []float64{1, 0, 1, 1}}}, shape: s234,
			want: fixed([]int{1, 2, 3, 3}, 0.03083333, -0.4691667, 0.6141667, -0.1358333, 0.1141667, 0.7808333, 0.6975, -0.8858333, -0.0525,
				-0.5525, -0.8025, -0.2191667, -0.3858333, -0.9691667, -0.6358333, 0.3641667, 0.1975, 0.5308333)},
		{name: "ReverseSequence", opset: 10, nodes: node("ReverseSequence", attrs{"time_axis": 2, "batch_axis": 1}, "x", "l"), inits: []testTensor{ints("l", 3, 2)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.6975, -0.7191667, -0.8858333, -0.0525, -0.1358333, 0.9475, 0.1141667, 0.7808333, 0.03083333, 0.8641667,
				-0.4691667, 0.6141667, -0.3858333, -0.3025, -0.9691667, -0.6358333, -0.5525, 0.2808333, -0.8025, -0.2191667, 0.3641667, 0.4475, 0.1975,
				0.5308333)},
		{name: "SpaceToDepth by columns", opset: 28, nodes: node("SpaceToDepth", attrs{"blocksize": 2, "mode": "CRD"}, "x"), inits: nil, shape: inner([]int{2, 2, 4}),
			want: fixed([]int{1, 8, 1, 2}, -0.20375, 0.54625, 0.04625, -0.32875, 0.42125, -0.07875, -0.57875, -0.82875, 0.79625, 0.92125, -0.45375,
				-0.70375, 0.67125, 0.17125, 0.29625, -0.95375)},
		{name: "Attention", opset: 23, nodes: node("Attention", attrs{"is_causal": 1}, "x", "k", "v"), inits: []testTensor{weights("k", 1, 1, 3, 4), weights("v", 1, 1, 3, 5)}, shape: s234,
			want: fixed([]int{1, 2, 3, 5}, 0.2282172, -0.6049709, -0.2886462, 0.04762781, 0.835381, 0.4812556, -0.3245233, -0.211674, 0.6964467,
				0.8159803, 0.1725992, -0.4857796, -0.01980286, -0.03992915, 0.8544123, 0.2282172, -0.6049709, -0.2886462, 0.04762781, 0.835381,
				0.4202731, -0.3921115, -0.2302244, 0.5400806, 0.8206559, 0.2476144, -0.4364956, -0.05048584, 0.1421105, 0.8458961)},
		{name: "Attention to itself", opset: 24, nodes: node("Attention", attrs{"q_num_heads": 2, "kv_num_heads": 2, "softcap": float32(0.5)}, "x", "x", "x", "m"), inits: []testTensor{{name: "m", typ: typeBool, shape: []int{3, 3}, f: []float64{1, 0, 1, 0, 0, 0, 1, 1, 1}}}, shape: inner([]int{3, 4}),
			want: fixed([]int{1, 3, 4}, 0.1951489, -0.1715816, 0.5086448, -0.3322894, 0, 0, 0, 0, 0.3320448, -0.1638579, 0.3396448, -0.2174371)},
		{name: "Attention in a window", opset: 25, nodes: node("Attention", attrs{"left_window_size": 1, "right_window_size": 0, "scale": float32(0.9)}, "x", "x", "v"), inits: []testTensor{weights("v", 1, 2, 3, 2)}, shape: s234,
			want: fixed([]int{1, 2, 3, 2}, 0.8865302, 0.3240773, 0.5825943, -0.3432079, -0.5398502, 0.5728338, -0.186595, 0.4721084, -0.4331716,
				-0.3293334, 0.3028789, -0.08552069)},
		{name: "RotaryEmbedding", opset: 23, nodes: node("RotaryEmbedding", nil, "x", "c", "s", "p"), inits: []testTensor{weights("c", 5, 2), weights("s", 5, 2), idx("p", []int{1, 3}, 4, 0, 2)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, 0.3319282, 0.2064202, -0.2909904, 1.220632, 0.1340243, 0.05023389, 0.01161544, 0.5209255, 1.462109,
				0.1189743, -0.173914, 0.1377127, 0.1659641, 0.4128405, -0.8995254, 0.050917, -0.3127235, 0.1004678, 0.7264119, -0.2828168, 0.1539062,
				0.01487178, 0.5186639, -0.1745948)},
		{name: "RotaryEmbedding interleaved", opset: 23, nodes: node("RotaryEmbedding", attrs{"interleaved": 1, "num_heads": 2, "rotary_embedding_dim": 2}, "x", "c", "s"), inits: []testTensor{weights("c", 1, 3, 1), weights("s", 1, 3, 1)}, shape: inner([]int{3, 8}),
			want: fixed([]int{1, 3, 8}, -0.06255794, 0.06718722, -0.4691667, 0.6141667, -0.08132531, 0.06093143, 0.1141667, 0.7808333, -1.291165,
				0.01974732, -0.8858333, -0.0525, 0.7595091, 0.2476, -0.8025, -0.2191667, -0.02297258, -0.1897536, -0.9691667, -0.6358333, -0.02297258,
				0.223753, 0.1975, 0.5308333)},
		{name: "Mod of floats", opset: 13, nodes: node("Mod", nil, "x", "d"), inits: []testTensor{floats("d", []int{1}, -5)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, -4.969167, -4.135833, -0.4691667, -4.385833, -0.1358333, -4.0525, -4.885833, -4.219167, -4.3025,
				-0.7191667, -0.8858333, -0.0525, -0.5525, -4.719167, -0.8025, -0.2191667, -0.3858333, -0.3025, -0.9691667, -0.6358333, -4.635833,
				-4.5525, -4.8025, -4.469167)},
		{name: "LayerNormalization with its mean", opset: 17, nodes: append([]testNode{{op: "LayerNormalization", in: []string{"x", "w"}, out: []string{"n", "mean", "inv"}}}, append(node("Mul", nil, "z", "inv"), testNode{op: "Add", in: []string{"n", "mean"}, out: []string{"z"}})...), inits: []testTensor{weights("w", 4)}, shape: s234,
			want: fixed([]int{1, 2, 3, 4}, -0.1965668, 0.07621071, 1.426826, 1.184138, -1.323763, 0.461605, 1.473257, 1.852353, 1.582399,
				-0.1519046, 0.1800468, -0.1354066, -1.937442, -1.49194, 0.1958107, -0.4693261, 0.07068878, -2.971755, -0.2047047, -2.691253, 2.000846,
				2.344864, 7.327737, 8.090032)},
	}
	return list
}
