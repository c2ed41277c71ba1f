package onnx

import (
	"math"
	"slices"

	"hoodwink/tensor"
)

// mlDomain is that of the operators that scikit-learn's models are exported with.
// https://github.com/onnx/onnx/blob/main/docs/Operators-ml.md says what they compute.
const mlDomain = "ai.onnx.ml"

// mlKinds has a row for every operator of that domain that is known.
var mlKinds = map[string]*kind{
	"LinearClassifier":      {min: 1, max: 1, build: buildLinearClassifier},
	"LinearRegressor":       {min: 1, max: 1, build: buildLinearRegressor},
	"Scaler":                {min: 1, max: 1, build: buildScaler},
	"Normalizer":            {min: 1, max: 1, build: buildNormalizer},
	"Imputer":               {min: 1, max: 1, build: buildImputer},
	"FeatureVectorizer":     {min: 1, max: -1, build: buildFeatureVectorizer},
	"ArrayFeatureExtractor": {min: 2, max: 2, build: buildFeatureExtractor},
	// names for its input, which is passed on
	"ZipMap": {min: 1, max: 1, build: func(s *site) []*value { return s.in[:1] }},
}

// unlearnable says why some operators cannot be attacked.
var unlearnable = map[string]string{
	"TreeEnsemble":           "decision trees answer in steps, which have no gradient",
	"TreeEnsembleClassifier": "decision trees answer in steps, which have no gradient",
	"TreeEnsembleRegressor":  "decision trees answer in steps, which have no gradient",
	"Binarizer":              "a threshold is a step, which has no gradient",
}

func intAttr(v int64) *attribute { return &attribute{kind: attrInt, i: v} }

// attrFloats returns a list of finite numbers, nil if there is none.
func (s *site) attrFloats(name string) []float32 {
	a := s.attr(name, attrFloats)
	if a == nil {
		return nil
	}
	if at, ok := tensor.Finite(a.floats); !ok {
		s.fail("attribute %s has the value %v at index %d", name, a.floats[at], at)
	}
	return a.floats
}

// row is known numbers, one for each column of a matrix.
func row(values ...float32) *value {
	return knownValue("", &constant{typ: typeFloat, shape: []int{1, len(values)}, f: values})
}

// rows returns input 0 as a matrix with a row for each picture.
func (s *site) rows() *value {
	x := s.computed(0)
	if len(x.shape) == 1 {
		return s.view(x, 1, x.shape[0])
	}
	s.rank(x, 2)
	return x
}

// linear computes a score for each of n rows of coefficients.
func (s *site) linear(weights string, n int) *value {
	x := s.rows()
	w, b := s.attrFloats(weights), s.attrFloats("intercepts")
	columns := x.shape[1]
	if n < 1 || len(w) != n*columns {
		s.fail("it has %d %s for %d scores of %d values", len(w), weights, n, columns)
	}
	if len(b) == 0 {
		b = make([]float32, n)
	}
	if len(b) != n {
		s.fail("it has %d intercepts for %d scores", len(b), n)
	}
	c := knownValue("", &constant{typ: typeFloat, shape: []int{n, columns}, f: w})
	return s.do("Gemm", map[string]*attribute{"transB": intAttr(1)}, x, c, row(b...))
}

// buildLinearClassifier computes the scores, the second output; the first, the label, is left out.
func buildLinearClassifier(s *site) []*value {
	classes := len(s.attrInts("classlabels_ints"))
	if a := s.attr("classlabels_strings", attrStrings); a != nil && len(a.strings) > 0 {
		classes = len(a.strings)
	}
	n := classes
	if b := s.attrFloats("intercepts"); len(b) > 0 {
		n = len(b)
	}
	y := s.linear("coefficients", n)
	end := s.attrText("post_transform", "NONE")
	one := n == 1 && classes == 2 // one score, that of the second of two classes
	if one {
		y = s.do("Mul", nil, s.do("Concat", map[string]*attribute{"axis": intAttr(1)}, y, y), row(-1, 1))
	}
	switch {
	case end == "LOGISTIC" && (one || classes == 2 && s.opposite()):
		// sigmoid(z) and sigmoid(-z) are the softmax of z/2 and -z/2.
		y = s.do("Mul", nil, y, row(0.5))
		y = s.do("Softmax", map[string]*attribute{"axis": intAttr(-1)}, y)
	case one && end == "NONE":
		y = s.do("Add", nil, y, row(1, 0)) // as in ONNX Runtime: 1-z and z
	case one:
		s.refuse("post_transform is %q for one score", end)
	default:
		y = s.transformed(y)
	}
	return []*value{nil, y}
}

// opposite reports whether the second of two scores is the negative of the first.
func (s *site) opposite() bool {
	negative := func(v []float32) bool {
		half := len(v) / 2
		for i := range half {
			if v[half+i] != -v[i] {
				return false
			}
		}
		return len(v)%2 == 0
	}
	return negative(s.attrFloats("coefficients")) && negative(s.attrFloats("intercepts"))
}

// transformed applies post_transform.
func (s *site) transformed(y *value) *value {
	switch t := s.attrText("post_transform", "NONE"); t {
	case "NONE":
		return y
	case "SOFTMAX":
		return s.do("Softmax", map[string]*attribute{"axis": intAttr(-1)}, y)
	case "LOGISTIC":
		return s.do("Sigmoid", nil, y)
	default:
		s.refuse("post_transform is %q", t)
	}
	return nil
}

func buildLinearRegressor(s *site) []*value {
	return lowered(s.transformed(s.linear("coefficients", s.attrInt("targets", 1))))
}

// buildScaler computes (x - offset) * scale.
func buildScaler(s *site) []*value {
	x := s.rows()
	for _, step := range []struct {
		name, op string
		nothing  float32
	}{{"offset", "Sub", 0}, {"scale", "Mul", 1}} {
		v := s.attrFloats(step.name)
		if len(v) > 1 && len(v) != x.shape[1] {
			s.fail("it has %d values of %s for %d columns", len(v), step.name, x.shape[1])
		}
		if slices.ContainsFunc(v, func(f float32) bool { return f != step.nothing }) {
			x = s.do(step.op, nil, x, row(v...))
		}
	}
	return lowered(x)
}

// buildNormalizer divides each row by its largest value or its norm. The outputs of a softmax add
// up to 1 already.
func buildNormalizer(s *site) []*value {
	x := s.rows()
	last := map[string]*attribute{"axis": intAttr(-1)}
	switch norm := s.attrText("norm", "MAX"); norm {
	case "MAX":
		return lowered(s.do("Div", nil, x, s.over("ReduceMax", x, 1)))
	case "L1":
		if e := x.ending; e != nil && e.function == Softmax && !e.log {
			return lowered(x)
		}
		last["p"] = intAttr(1)
	case "L2":
	default:
		s.fail("norm is %q", norm)
	}
	return lowered(s.do("LpNormalization", last, x))
}

// buildImputer passes on pictures, in which no value is missing.
func buildImputer(s *site) []*value {
	if a := s.attr("replaced_value_float", attrFloat); a != nil && !math.IsNaN(float64(a.f)) {
		s.refuse("it replaces the value %v", a.f)
	}
	return s.in[:1]
}

// buildFeatureVectorizer puts columns beside each other.
func buildFeatureVectorizer(s *site) []*value {
	return lowered(s.do("Concat", map[string]*attribute{"axis": intAttr(1)}, s.in...))
}

// buildFeatureExtractor picks columns.
func buildFeatureExtractor(s *site) []*value {
	c := s.constant(1)
	if c.f != nil {
		s.fail("it has indices of %s", c.typ)
	}
	at := knownValue("", &constant{typ: c.typ, shape: []int{c.len()}, i: c.i})
	return lowered(s.do("Gather", map[string]*attribute{"axis": intAttr(-1)}, s.computed(0), at))
}
