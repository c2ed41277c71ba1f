package onnx

import "hoodwink/nn"

// unaryLayers has the layer of every operator on one value. The names GeluTanh and SiLU
// are ours, of patterns.
var unaryLayers = map[string]func(s *site) nn.Layer{
	"Relu":      func(*site) nn.Layer { return &nn.ReLU{} },
	"LeakyRelu": func(s *site) nn.Layer { return &nn.ReLU{Slope: s.attrFloat("alpha", 0.01)} },
	"Elu":       func(s *site) nn.Layer { return &nn.ELU{Alpha: s.attrFloat("alpha", 1)} },
	"Sigmoid":   func(*site) nn.Layer { return &nn.Sigmoid{} },
	"Tanh":      func(*site) nn.Layer { return &nn.TanH{} },
	"Selu": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.Selu, A: s.attrFloat("alpha", 1.67326319217681884765625), B: s.attrFloat("gamma", 1.05070102214813232421875)}
	},
	"Celu":            func(s *site) nn.Layer { return &nn.Unary{Op: nn.Celu, A: s.attrFloat("alpha", 1)} },
	"ThresholdedRelu": func(s *site) nn.Layer { return &nn.Unary{Op: nn.ThresholdedRelu, A: s.attrFloat("alpha", 1)} },
	"HardSigmoid": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.HardSigmoid, A: s.attrFloat("alpha", 0.2), B: s.attrFloat("beta", 0.5)}
	},
	"HardSwish":  plain(nn.HardSwish),
	"Softplus":   plain(nn.Softplus),
	"Softsign":   plain(nn.Softsign),
	"Mish":       plain(nn.Mish),
	"Erf":        plain(nn.Erf),
	"Gelu":       plain(nn.Gelu),
	"GeluTanh":   plain(nn.GeluTanh),
	"SiLU":       plain(nn.SiLU),
	"Exp":        plain(nn.Exp),
	"Log":        plain(nn.Log),
	"Sqrt":       plain(nn.Sqrt),
	"Reciprocal": plain(nn.Reciprocal),
	"Abs":        plain(nn.Abs),
	"Neg":        plain(nn.Neg),
	"Sin":        plain(nn.Sin),
	"Cos":        plain(nn.Cos),
}

func plain(op nn.UnaryOp) func(*site) nn.Layer {
	return func(*site) nn.Layer { return &nn.Unary{Op: op} }
}

var binaryOps = map[string]nn.BinaryOp{
	"Add": nn.Add, "Sub": nn.Sub, "Mul": nn.Mul, "Div": nn.Div, "Min": nn.Min, "Max": nn.Maximum, "Pow": nn.Pow,
}

var reduceOps = map[string]nn.ReduceOp{
	"ReduceMean": nn.ReduceMean, "ReduceSum": nn.ReduceSum, "ReduceMax": nn.ReduceMax, "ReduceMin": nn.ReduceMin, "ReduceL1": nn.ReduceL1, "ReduceL2": nn.ReduceL2,
}
