package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hoodwink/internal/wording"
)

// inputs finds the picture among the inputs that a result needs. The others must be settings of
// training; their values are put into the returned copy of the scope.
func (m *Model) inputs(result string) (in *picture, settings map[string]*value, err error) {
	known := map[string]bool{} // files before IR version 4 list their weights as inputs
	for _, c := range m.graph.inits {
		known[c.name] = true
	}
	free := slices.DeleteFunc(slices.Clone(m.graph.inputs), func(v valueInfo) bool { return known[v.name] })
	if len(free) == 0 {
		return nil, nil, &Error{Err: errors.New("the graph has no input")}
	}
	if len(free) > 1 {
		made, _ := reach(m.producers(), result)
		if used := slices.DeleteFunc(slices.Clone(free), func(v valueInfo) bool { return !made[v.name] }); len(used) > 0 {
			free = used
		}
	}
	settings = map[string]*value{}
	if len(free) > 1 {
		free = slices.DeleteFunc(free, func(v valueInfo) bool {
			c := v.setting()
			if c != nil {
				settings[v.name] = knownValue(v.name, c)
				m.note("the graph's input %q is a setting: it is taken to be %g", v.name, c.at(0))
			}
			return c != nil
		})
	}
	if len(free) > 1 {
		return nil, nil, severalInputs(free)
	}
	in, err = m.pictureOf(free[0])
	return in, settings, err
}

// severalInputs says which inputs there are besides the picture.
func severalInputs(list []valueInfo) error {
	var pictures, all, others []string
	for _, v := range list {
		text := fmt.Sprintf("%q %s", v.name, v.shapeText())
		all = append(all, text)
		if v.looksLikePicture() {
			pictures = append(pictures, text)
		} else {
			others = append(others, text)
		}
	}
	e := &Error{hint: "export the model with fixed values for them: a picture is all it will be given"}
	if len(pictures) == 1 {
		e.Err = fmt.Errorf("besides the picture %s the graph needs %s, for which the file has no values", pictures[0], wording.Some(others, 10))
	} else {
		e.Err = fmt.Errorf("the graph needs the inputs %s, but one picture is all there is", wording.Some(all, 10))
	}
	return e
}

// looksLikePicture reports whether the shape is that of a batch of pictures with 1 or 3
// channels.
func (v valueInfo) looksLikePicture() bool {
	colours := func(d dimension) bool { return d.value == 1 || d.value == 3 || d.value <= 0 }
	return len(v.dims) == 4 && (colours(v.dims[1]) || colours(v.dims[3]))
}

// setting returns the value of an input that switches between training and use: a single value
// whose name is one that frameworks use. It is nil for other inputs.
func (v valueInfo) setting() *constant {
	var shape []int
	for _, d := range v.dims {
		if d.value != 1 {
			return nil
		}
		shape = append(shape, 1)
	}
	if v.typ.width() == 0 && v.typ != typeBool {
		return nil
	}
	words := strings.FieldsFunc(strings.ToLower(v.name), func(r rune) bool { return !unicode.IsLetter(r) })
	has := func(parts ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(w, p) })
		})
	}
	one := false
	switch {
	case has("keep"), has("eval", "inference") && v.typ == typeBool:
		one = true
	case has("train", "phase", "dropout"):
	default:
		return nil
	}
	c := newConstant(v.typ, shape...)
	switch {
	case one && c.f != nil:
		c.f[0] = 1
	case one:
		c.i.set(0, 1)
	}
	return c
}

// shapeText writes the shape as it is in the file.
func (v valueInfo) shapeText() string {
	var dims []string
	for _, d := range v.dims {
		switch {
		case d.value > 0:
			dims = append(dims, fmt.Sprint(d.value))
		case d.param != "":
			dims = append(dims, d.param)
		default:
			dims = append(dims, "?")
		}
	}
	return "(" + strings.Join(dims, ",") + ")"
}
