package caffe

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"

	"hoodwink/internal/pb"
)

// Limits on a prototxt. The largest published networks have some hundred kilobytes;
// real messages nest four deep. Names are as long as those in a caffemodel may be.
const (
	maxDefinitionBytes = 2 << 20
	maxNesting         = 64
	maxName            = pb.MaxText
)

// A Definition is a network's layers as a prototxt gives them, for the phase TEST.
type Definition struct {
	Name string // the network's name
	File string // where it was read, for errors; may be ""

	// Output is the blob with the scores of the classes, to be set before Build; "" to let Build
	// choose. After Build, Notes say which of several it chose.
	Output string
	Notes  []string

	// Height and Width are the size of the pictures if the definition does not say it, to be set
	// before Build; 0 if unknown.
	Height, Width int

	// Sigmoids says, after Build, that the network was trained to give an independent probability
	// for each label: the sigmoid of its result.
	Sigmoids bool

	layers []*pb.LayerParameter // in the current spelling, inputs included
	data   []dataLayer          // of any phase
}

// Parse reads a prototxt. It skips fields that do not affect the result of a network, such as
// fillers and learning rates, known or not.
func Parse(prototxt []byte) (*Definition, error) {
	src := bytes.TrimPrefix(prototxt, []byte("\uFEFF"))
	if err := checkText(src); err != nil {
		return nil, err
	}
	var net pb.NetParameter
	if err := (prototext.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(src, &net); err != nil {
		return nil, textError(src, err)
	}
	layers, err := currentLayers(&net)
	if err != nil {
		return nil, err
	}
	d := &Definition{Name: net.GetName()}
	state := stateOf(net.GetState())
	var trained []*pb.LayerParameter // data layers that are left out
	sources := 0
	for i, l := range layers {
		if err := checkNames(l); err != nil {
			return nil, &Error{Err: fmt.Errorf("layer %d: %w", i+1, err)}
		}
		upgradeTransform(l)
		ok, err := included(l, state)
		if err != nil {
			return nil, layerError(l, err)
		}
		k := kindOf(l.GetType())
		input := k != nil && k.role == source
		switch {
		case ok:
			d.layers = append(d.layers, l)
			if input {
				sources++
			}
		case input:
			trained = append(trained, l)
		}
		if preparing(l.GetType()) {
			d.data = append(d.data, dataLayer{l, ok})
		}
	}
	if sources == 0 && len(d.layers) > 0 { // it only says how it is trained
		d.layers = append(trained, d.layers...)
	}
	if len(d.layers) == 0 {
		return nil, &Error{Err: errors.New("it defines no layers"), hint: notDefinition}
	}
	return d, nil
}

const notDefinition = "the definition of a network is usually called deploy.prototxt; a solver.prototxt only names it"

func layerError(l *pb.LayerParameter, err error) *Error {
	return &Error{Layer: l.GetName(), Type: l.GetType(), Err: err}
}

// checkNames refuses names that no error, table or page could show.
func checkNames(l *pb.LayerParameter) error {
	for _, name := range slices.Concat([]string{l.GetName(), l.GetType()}, l.Bottom, l.Top) {
		if len(name) > maxName {
			return fmt.Errorf("a name of %d bytes is longer than possible (%d)", len(name), maxName)
		}
	}
	return nil
}

// checkText refuses text that would waste the parser's time, or overflow its stack.
func checkText(src []byte) error {
	if len(src) > maxDefinitionBytes {
		return &Error{Err: fmt.Errorf("%d bytes are more than a prototxt may have (%d)", len(src), maxDefinitionBytes)}
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return &Error{Err: errors.New("the file is empty"), hint: notDefinition}
	}
	if bytes.IndexByte(src, 0) >= 0 {
		return &Error{Err: errors.New("it is binary, a prototxt is text"), hint: "were prototxt and caffemodel given the wrong way round?"}
	}
	depth, line := 0, 1
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '\n':
			line++
		case '#':
			for i+1 < len(src) && src[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			for i++; i < len(src) && src[i] != c && src[i] != '\n'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			if i < len(src) && src[i] == '\n' {
				line++
			}
		case '{', '<', '[':
			if depth++; depth > maxNesting {
				return &Error{Line: line, Column: 1, Err: fmt.Errorf("messages are nested more than %d deep", maxNesting)}
			}
		case '}', '>', ']':
			depth = max(0, depth-1)
		}
	}
	return nil
}

// position finds the place in an error of prototext: "(line 3:5): what".
var position = regexp.MustCompile(`(?s)(syntax error )?\(line (\d+):(\d+)\): (.*)`)

// textError converts an error from prototext to one of ours.
func textError(src []byte, err error) error {
	if strings.HasSuffix(err.Error(), "unexpected EOF") {
		return &Error{Line: bytes.Count(src, []byte("\n")) + 1, Column: 1, Err: errors.New("it ends in the middle of a message: is a } missing?")}
	}
	m := position.FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{Err: err}
	}
	e := &Error{Err: errors.New(m[1] + m[4])}
	e.Line, _ = strconv.Atoi(m[2])
	e.Column, _ = strconv.Atoi(m[3])
	lines := bytes.Split(src, []byte("\n"))
	if e.Line <= len(lines) && bytes.Contains(lines[e.Line-1], []byte("type")) && strings.Contains(m[4], "invalid value for") {
		e.hint = `types are written type: "Convolution" in a layer { } and type: CONVOLUTION in a layers { }`
	}
	return e
}

// A state is what the rules of layers ask about, besides the phase, which is TEST.
type state struct {
	level  int32
	stages map[string]bool
}

// stateOf reads the state that a file gives.
func stateOf(s *pb.NetState) *state {
	out := &state{level: s.GetLevel(), stages: map[string]bool{}}
	for _, name := range s.GetStage() {
		out.stages[name] = true
	}
	return out
}

// included reports whether a layer is part of the network in the given state.
func included(l *pb.LayerParameter, s *state) (bool, error) {
	if len(l.Include) > 0 && len(l.Exclude) > 0 {
		return false, errors.New("it has both include and exclude rules: use one kind")
	}
	if len(l.Include) > 0 {
		return slices.ContainsFunc(l.Include, s.meets), nil
	}
	return !slices.ContainsFunc(l.Exclude, s.meets), nil
}

// meets reports whether a rule applies.
func (s *state) meets(r *pb.NetStateRule) bool {
	staged := func(name string) bool { return s.stages[name] }
	return (r.Phase == nil || r.GetPhase() == pb.Phase_TEST) &&
		(r.MinLevel == nil || s.level >= r.GetMinLevel()) &&
		(r.MaxLevel == nil || s.level <= r.GetMaxLevel()) &&
		!slices.ContainsFunc(r.Stage, func(name string) bool { return !staged(name) }) &&
		!slices.ContainsFunc(r.NotStage, staged)
}
