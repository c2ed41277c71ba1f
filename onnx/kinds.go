package onnx

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/nn"
)

// A builder lowers a node to layers and returns what they make.
type builder = func(s *site) []*value

func lowered(v *value) []*value { return []*value{v} }

// A kind says how to handle nodes of one operator.
type kind struct {
	min, max int     // inputs; max is -1 if there is no limit
	fold     folding // evaluates known inputs; if it is nil, or its result is, build is used
	build    builder // nil if the inputs must be known
	shapes   bool    // fold only needs the shape of its first input
	integers integerUse
	truths   bool // build accepts computed truth values, 1 and 0
}

// arity says in words how many inputs are allowed.
func (k *kind) arity() string {
	switch {
	case k.max < 0:
		return fmt.Sprintf("%d or more", k.min)
	case k.min == k.max:
		return fmt.Sprint(k.min)
	}
	return fmt.Sprintf("%d to %d", k.min, k.max)
}

// kinds has a row for every operator that is known.
// https://onnx.ai/onnx/operators says what they compute, version by version.
var kinds map[string]*kind

func init() { // the builders use the table, by way of functions
	unary := func(op string, f func(float64) float64) *kind {
		k := &kind{min: 1, max: 1, build: buildUnary(op)}
		if f != nil {
			k.fold = foldUnary(f)
		}
		return k
	}
	arith := func(op string) *kind {
		return &kind{min: 2, max: 2, fold: foldPairs(pairings[op]), build: buildArith(op), integers: wideIntegers}
	}
	some := func(op string, use integerUse) *kind { // any number of inputs
		return &kind{min: 1, max: -1, fold: foldPairs(pairings[op]), build: buildArith(op), integers: use}
	}
	compare := func(op string, f func(a, b float64) bool) *kind {
		return &kind{min: 2, max: 2, fold: foldCompare(f), build: buildLogic(op), truths: true, integers: chosenIntegers}
	}
	view := func(most int, shape func(*site) []int) *kind {
		return &kind{min: 1, max: most, fold: foldReshape(shape), build: buildView(shape), integers: movedIntegers}
	}
	reduce := func(op string, since int, start float64, f func(sum, v float64) float64, end func(float64, int) float64) *kind {
		return &kind{min: 1, max: 2, fold: foldReduce(since, start, f, end), build: buildReduce(op, since)}
	}
	add := func(sum, v float64) float64 { return sum + v }
	identity := &kind{min: 1, max: 1, fold: foldIdentity, build: func(s *site) []*value { return s.in[:1] }, integers: ownIntegers}

	kinds = map[string]*kind{
		"Conv":          {min: 2, max: 3, build: buildConv},
		"ConvTranspose": {min: 2, max: 3, build: buildConvTranspose},
		"Gemm":          {min: 2, max: 3, build: buildGemm},
		"MatMul":        {min: 2, max: 2, build: buildMatMul},
		"Einsum":        {min: 1, max: -1, build: buildEinsum},

		"BatchNormalization":        {min: 5, max: 5, build: buildBatchNorm},
		"InstanceNormalization":     {min: 3, max: 3, build: buildInstanceNorm},
		"GroupNormalization":        {min: 3, max: 3, build: buildGroupNorm},
		"LayerNormalization":        {min: 2, max: 3, build: buildLayerNorm},
		"LpNormalization":           {min: 1, max: 1, build: buildLpNorm},
		"RMSNormalization":          {min: 2, max: 2, build: buildRMSNorm},
		"MeanVarianceNormalization": {min: 1, max: 1, build: buildMeanVariance},
		"Attention":                 {min: 3, max: 7, build: buildAttention, truths: true},
		"RotaryEmbedding":           {min: 3, max: 4, build: buildRotary},
		"SwiGLU":                    {min: 2, max: 2, build: buildSwiGLU},
		"LRN":                       {min: 1, max: 1, build: buildLRN},

		"Relu":            {min: 1, max: 1, build: buildUnary("Relu"), integers: movedIntegers},
		"LeakyRelu":       unary("LeakyRelu", nil),
		"PRelu":           {min: 2, max: 2, build: buildPRelu},
		"Elu":             unary("Elu", nil),
		"Selu":            unary("Selu", nil),
		"Celu":            unary("Celu", nil),
		"ThresholdedRelu": unary("ThresholdedRelu", nil),
		"Clip":            {min: 1, max: 3, fold: foldClip, build: buildClip, integers: movedIntegers},
		"Sigmoid":         unary("Sigmoid", nil),
		"HardSigmoid":     unary("HardSigmoid", nil),
		"HardSwish":       unary("HardSwish", nil),
		"Tanh":            unary("Tanh", math.Tanh),
		"Softplus":        unary("Softplus", nil),
		"Softsign":        unary("Softsign", nil),
		"Mish":            unary("Mish", nil),
		"Erf":             unary("Erf", math.Erf),
		"Gelu":            {min: 1, max: 1, build: buildGelu},
		"Exp":             unary("Exp", math.Exp),
		"Log":             unary("Log", math.Log),
		"Sqrt":            unary("Sqrt", math.Sqrt),
		"Reciprocal":      unary("Reciprocal", func(v float64) float64 { return 1 / v }),
		"Abs":             unary("Abs", math.Abs),
		"Neg":             unary("Neg", func(v float64) float64 { return -v }),
		"Sin":             unary("Sin", math.Sin),
		"Cos":             unary("Cos", math.Cos),
		"Tan":             unary("Tan", math.Tan),
		"Asin":            unary("Asin", math.Asin),
		"Acos":            unary("Acos", math.Acos),
		"Atan":            unary("Atan", math.Atan),
		"Sinh":            unary("Sinh", math.Sinh),
		"Cosh":            unary("Cosh", math.Cosh),
		"Asinh":           unary("Asinh", math.Asinh),
		"Acosh":           unary("Acosh", math.Acosh),
		"Atanh":           unary("Atanh", math.Atanh),
		"Floor":           {min: 1, max: 1, fold: foldUnary(math.Floor), build: buildRound(nn.ToFloor)},
		"Ceil":            {min: 1, max: 1, fold: foldUnary(math.Ceil), build: buildRound(nn.ToCeil)},
		"Round":           {min: 1, max: 1, fold: foldUnary(math.RoundToEven), build: buildRound(nn.ToNearest)},
		"Sign":            unary("Sign", sign),
		"Swish":           unary("Swish", nil),
		"Shrink":          unary("Shrink", nil),
		"IsNaN":           {min: 1, max: 1, build: buildTruth("IsNaN")},
		"IsInf":           {min: 1, max: 1, build: buildTruth("IsInf")},
		"Softmax":         {min: 1, max: 1, build: buildSoftmax(false)},
		"LogSoftmax":      {min: 1, max: 1, build: buildSoftmax(true)},

		"Add":   arith("Add"),
		"Sub":   arith("Sub"),
		"Mul":   arith("Mul"),
		"Div":   {min: 2, max: 2, fold: foldPairs(pairings["Div"]), build: buildDiv, integers: ownIntegers},
		"Pow":   arith("Pow"),
		"Min":   some("Min", movedIntegers),
		"Max":   some("Max", movedIntegers),
		"Sum":   some("Add", wideIntegers),
		"Mean":  {min: 1, max: -1, build: buildMean},
		"Mod":   {min: 2, max: 2, fold: foldMod, build: buildMod},
		"Where": {min: 3, max: 3, fold: foldWhere, build: buildWhere, truths: true, integers: chosenIntegers},

		"And":            compare("And", func(a, b float64) bool { return a != 0 && b != 0 }),
		"Or":             compare("Or", func(a, b float64) bool { return a != 0 || b != 0 }),
		"Xor":            compare("Xor", func(a, b float64) bool { return (a != 0) != (b != 0) }),
		"Equal":          compare("Equal", func(a, b float64) bool { return a == b }),
		"Less":           compare("Less", func(a, b float64) bool { return a < b }),
		"LessOrEqual":    compare("LessOrEqual", func(a, b float64) bool { return a <= b }),
		"Greater":        compare("Greater", func(a, b float64) bool { return a > b }),
		"GreaterOrEqual": compare("GreaterOrEqual", func(a, b float64) bool { return a >= b }),
		"Not":            {min: 1, max: 1, fold: foldNot, build: buildNot, truths: true},

		"MaxPool":           {min: 1, max: 1, build: buildPool(nn.MaxPool), integers: movedIntegers},
		"AveragePool":       {min: 1, max: 1, build: buildPool(nn.AveragePool)},
		"LpPool":            {min: 1, max: 1, build: buildLpPool},
		"GlobalLpPool":      {min: 1, max: 1, build: buildGlobalLpPool},
		"GlobalMaxPool":     {min: 1, max: 1, build: buildGlobal(nn.MaxPool, "ReduceMax"), integers: movedIntegers},
		"GlobalAveragePool": {min: 1, max: 1, build: buildGlobal(nn.AveragePool, "ReduceMean")},

		"ReduceSum":       reduce("ReduceSum", 13, 0, add, nil),
		"ReduceMean":      reduce("ReduceMean", 18, 0, add, func(sum float64, n int) float64 { return sum / float64(n) }),
		"ReduceMax":       reduce("ReduceMax", 18, math.Inf(-1), math.Max, nil),
		"ReduceMin":       reduce("ReduceMin", 18, math.Inf(1), math.Min, nil),
		"ReduceL1":        reduce("ReduceL1", 18, 0, func(sum, v float64) float64 { return sum + math.Abs(v) }, nil),
		"ReduceL2":        reduce("ReduceL2", 18, 0, func(sum, v float64) float64 { return sum + v*v }, func(sum float64, _ int) float64 { return math.Sqrt(sum) }),
		"ReduceSumSquare": reduce("ReduceSumSquare", 18, 0, func(sum, v float64) float64 { return sum + v*v }, nil),
		"ReduceLogSumExp": {min: 1, max: 2, build: buildLogSumExp},
		"CumSum":          {min: 2, max: 2, fold: foldCumSum, build: buildCumSum},
		"ReduceProd":      {min: 1, max: 2, fold: foldReduce(18, 1, func(p, v float64) float64 { return p * v }, nil), build: buildReduceProd},
		"ReduceLogSum":    reduce("ReduceLogSum", 18, 0, add, func(sum float64, _ int) float64 { return math.Log(sum) }),

		"Concat":       {min: 1, max: -1, fold: foldConcat, build: buildConcat, integers: movedIntegers},
		"Split":        {min: 1, max: 2, fold: foldSplit, build: buildSplit, integers: movedIntegers},
		"Slice":        {min: 1, max: 5, fold: foldSlice, build: buildSlice, integers: movedIntegers},
		"Pad":          {min: 1, max: 4, fold: foldPad, build: buildPad, integers: movedIntegers},
		"Reshape":      view(2, (*site).reshaped),
		"Flatten":      view(1, (*site).flattened),
		"Squeeze":      view(2, (*site).squeezed),
		"Unsqueeze":    view(2, (*site).unsqueezed),
		"Transpose":    {min: 1, max: 1, fold: foldTranspose, build: buildTranspose, integers: movedIntegers},
		"Expand":       {min: 2, max: 2, fold: foldExpand, build: buildExpand, integers: movedIntegers},
		"Tile":         {min: 2, max: 2, fold: foldTile, build: buildTile, integers: movedIntegers},
		"Gather":       {min: 2, max: 2, fold: foldGather, build: buildGather, integers: movedIntegers},
		"DepthToSpace": {min: 1, max: 1, build: buildDepthToSpace, integers: movedIntegers},
		"SpaceToDepth": {min: 1, max: 1, build: buildSpaceToDepth, integers: movedIntegers},
		"Resize":       {min: 1, max: 4, build: buildResize},
		"Upsample":     {min: 1, max: 2, build: buildResize},
		"Trilu":        {min: 1, max: 2, fold: foldTrilu, build: buildTrilu, integers: movedIntegers},

		"GatherElements":  {min: 2, max: 2, fold: foldPlaced, build: buildPlaced},
		"GatherND":        {min: 2, max: 2, fold: foldPlaced, build: buildPlaced},
		"ScatterND":       {min: 3, max: 3, fold: foldPlaced, build: buildPlaced},
		"ScatterElements": {min: 3, max: 3, fold: foldPlaced, build: buildPlaced},
		"Scatter":         {min: 3, max: 3, fold: foldPlaced, build: buildPlaced},
		"Compress":        {min: 2, max: 2, fold: foldPlaced, build: buildPlaced},
		"ReverseSequence": {min: 2, max: 2, fold: foldPlaced, build: buildPlaced},

		"Identity":         identity,
		"Dropout":          {min: 1, max: 3, build: buildDropout},
		"Cast":             {min: 1, max: 1, fold: foldCast, build: buildCast, integers: ownIntegers},
		"CastLike":         {min: 2, max: 2, fold: foldCastLike, build: buildCastLike, integers: ownIntegers},
		"QuantizeLinear":   {min: 2, max: 3, fold: foldQuantize, build: buildQuantize},
		"DequantizeLinear": {min: 2, max: 3, fold: foldDequantize, build: buildDequantize, integers: ownIntegers},

		"QLinearConv":           {min: 8, max: 9, build: buildQLinearConv, integers: ownIntegers},
		"QLinearMatMul":         {min: 8, max: 8, build: buildQLinearMatMul, integers: ownIntegers},
		"ConvInteger":           {min: 2, max: 4, build: buildConvInteger, integers: ownIntegers},
		"MatMulInteger":         {min: 2, max: 4, build: buildMatMulInteger, integers: ownIntegers},
		"DynamicQuantizeLinear": {min: 1, max: 1, build: buildDynamicQuantize},

		// For known values only; Shape and Size know those of all values.
		"Constant":        {fold: foldConstant},
		"ConstantOfShape": {min: 1, max: 1, fold: foldConstantOfShape},
		"Range":           {min: 3, max: 3, fold: foldRange},
		"Shape":           {min: 1, max: 1, fold: foldShape, shapes: true},
		"Size":            {min: 1, max: 1, fold: foldSize, shapes: true},
		"NonZero":         {min: 1, max: 1, fold: foldNonZero},
		"OneHot":          {min: 3, max: 3, fold: foldOneHot},
		"TopK":            {min: 1, max: 2, fold: foldTopK},
		"EyeLike":         {min: 1, max: 1, fold: foldEyeLike, shapes: true},
		"BitShift":        {min: 2, max: 2, fold: foldBitShift},
		"BitwiseAnd":      bitwise(func(a, b int64) int64 { return a & b }),
		"BitwiseOr":       bitwise(func(a, b int64) int64 { return a | b }),
		"BitwiseXor":      bitwise(func(a, b int64) int64 { return a ^ b }),
		"BitwiseNot":      {min: 1, max: 1, fold: foldBitwiseNot},
		"ArgMax":          {min: 1, max: 1, fold: foldArg(func(v, best float64) bool { return v > best })},
		"ArgMin":          {min: 1, max: 1, fold: foldArg(func(v, best float64) bool { return v < best })},
		"If":              {min: 1, max: 1}, // of a known condition: see lowering.branch
	}
	for _, op := range []string{"Cast", "CastLike", "Concat", "Split", "Slice", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose",
		"Expand", "Tile", "Gather", "Identity", "Trilu"} {
		kinds[op].truths = true
	}
}

// runtimeDomain is that of the operators that ONNX Runtime adds to ONNX's.
const runtimeDomain = "com.microsoft"

// runtimeKinds are those that its quantisation writes. Those that ONNX has too are the same here.
var runtimeKinds map[string]*kind

func init() {
	own := func(low, high int, build builder) *kind {
		return &kind{min: low, max: high, build: build, integers: ownIntegers}
	}
	runtimeKinds = map[string]*kind{
		"QuantizeLinear":           kinds["QuantizeLinear"],
		"DequantizeLinear":         kinds["DequantizeLinear"],
		"QLinearConv":              own(8, 9, channelsFirst(buildQLinearConv)),
		"QGemm":                    own(2, 9, buildQGemm),
		"QLinearAdd":               own(2, 8, buildQLinear(buildArith("Add"), 6, 0, 3)),
		"QLinearMul":               own(2, 8, buildQLinear(buildArith("Mul"), 6, 0, 3)),
		"QLinearSigmoid":           own(2, 5, buildQLinear(buildUnary("Sigmoid"), 3, 0)),
		"QLinearLeakyRelu":         own(2, 5, buildQLinear(buildUnary("LeakyRelu"), 3, 0)),
		"QLinearSoftmax":           own(2, 5, buildQLinearSoftmax),
		"QLinearAveragePool":       own(2, 5, channelsFirst(buildQLinear(buildPool(nn.AveragePool), 3, 0))),
		"QLinearGlobalAveragePool": own(2, 5, channelsFirst(buildQLinear(buildGlobal(nn.AveragePool, "ReduceMean"), 3, 0))),
		"QLinearReduceMean":        own(2, 5, buildQLinear(buildReduce("ReduceMean", 18), 3, 0)),
		"QLinearConcat":            own(2, maxParts, buildQLinearConcat),
		"MatMulIntegerToFloat":     own(4, 7, buildMatMulIntegerToFloat),
		"DynamicQuantizeMatMul":    own(3, 5, buildDynamicQuantizeMatMul),
	}
}

// kindOf returns what to do with a node, nil if its operator is not known.
func kindOf(n *nodeProto) *kind {
	switch {
	case standard(n.domain):
		return kinds[n.op]
	case n.domain == mlDomain:
		return mlKinds[n.op]
	case n.domain == runtimeDomain:
		return runtimeKinds[n.op]
	}
	return nil
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

// supported lists the operators that work on computed values.
func supported() []string {
	var names []string
	for name, k := range kinds {
		if k.build != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// buildDropout passes its input on: a network in use does not drop anything.
func buildDropout(s *site) []*value {
	set := func(i int, absent bool) bool {
		if !s.has(i) {
			return absent
		}
		c := s.constant(i)
		return c.len() != 1 || c.at(0) != 0
	}
	if set(2, false) && set(1, true) {
		s.refuse("in training mode")
	}
	return s.in[:1]
}

func buildCast(s *site) []*value { return s.castTo(elemType(s.attrInt("to", 0))) }

func buildCastLike(s *site) []*value { return s.castTo(s.in[1].typ) }

// buildGelu is exact unless tanh is asked for.
func buildGelu(s *site) []*value {
	switch a := s.attrText("approximate", "none"); a {
	case "none":
		return lowered(s.unary("Gelu", s.in[0]))
	case "tanh":
		return lowered(s.unary("GeluTanh", s.in[0]))
	default:
		s.fail("approximate is %q", a)
	}
	return nil
}
