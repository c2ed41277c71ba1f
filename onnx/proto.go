package onnx

// The messages of a model, by https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, as far as
// they describe a network.

type graphProto struct {
	body
	inits   []namedConstant
	inputs  []valueInfo
	outputs []valueInfo
}

// inputNames are the names of the inputs.
func (g *graphProto) inputNames() []string {
	names := make([]string, len(g.inputs))
	for i, v := range g.inputs {
		names[i] = v.name
	}
	return names
}

// results are the names of the outputs.
func (g *graphProto) results() []string {
	names := make([]string, len(g.outputs))
	for i, v := range g.outputs {
		names[i] = v.name
	}
	return names
}

// A body is the nodes of a graph or function. They are sorted when they are lowered first, however
// often that happens.
type body struct {
	nodes  []*nodeProto
	sorted []*nodeProto
}

type namedConstant struct {
	name  string
	value *constant
}

// A valueInfo is the type of an input or output.
type valueInfo struct {
	name     string
	typ      elemType // 0 if it is not a tensor
	dims     []dimension
	hasShape bool
}

// A dimension is a number, or dynamic if that is not positive.
type dimension struct {
	value int64
	param string // the name of a dynamic one, or ""
}

type nodeProto struct {
	name, op, domain, overload string
	in, out                    []string
	attrs                      map[string]*attribute
}

// An attrKind is the type of an attribute, by the numbers of AttributeProto.AttributeType.
type attrKind int

const (
	attrFloat attrKind = iota + 1
	attrInt
	attrString
	attrTensor
	attrGraph
	attrFloats
	attrInts
	attrStrings
)

func (k attrKind) String() string {
	if k >= attrFloat && k <= attrStrings {
		return [...]string{"a float", "an int", "a string", "a tensor", "a graph", "floats", "ints", "strings"}[k-1]
	}
	return "a value of another kind"
}

type attribute struct {
	kind    attrKind
	f       float32
	i       int64
	s       string
	t       *constant
	g       *graphProto
	floats  []float32
	ints    []int64
	strings []string
	ref     string // inside a function: the attribute of the call that this one refers to
}

// A function is an operator made of others.
type function struct {
	in, out  []string
	attrs    []string              // those without a default
	defaults map[string]*attribute // of the other attributes
	body
	opset int // version of the standard operators inside; 0 means that of the model
}

// A functionID is how a node names a function.
type functionID struct{ domain, name, overload string }

// standard reports whether a domain is that of the operators ONNX defines.
func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }
