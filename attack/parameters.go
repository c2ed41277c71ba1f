package attack

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Parameter is a field of an attack that people may set. It is declared by the tags of the field:
//
//	set        its name on the command line and in JSON
//	default    what the zero value stands for: a value, or words
//	defaultzh  the same in Chinese, if it is words
//	doc, zh    one sentence, in English and in Chinese
//	unit       "size" for sizes in pixel units of [0,1], which may be written as 8/255
//	min, max   the range of a number; without them it is at least 0
//
// Fields are of type int, float64, bool or Loss. A zero value is the default.
type Parameter struct {
	Name               string
	Kind               string // int, number, size, bool or loss
	Default, DefaultZh string
	Doc, DocZh         string
	Min, Max           float64
}

var lossType = reflect.TypeFor[Loss]()

// Parameters lists the parameters of an attack in the order of its fields. It panics if a field is
// declared wrongly: that is a fault of the attack's author, which every test of the attack shows.
func Parameters(a Attack) []Parameter {
	t := reflect.TypeOf(a)
	var list []Parameter
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, ok := f.Tag.Lookup("set")
		if !ok {
			continue
		}
		p := Parameter{Name: name, Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"), DocZh: f.Tag.Get("zh"), Max: math.Inf(1)}
		p.DefaultZh = cmp.Or(f.Tag.Get("defaultzh"), p.Default)
		switch {
		case f.Type == lossType:
			p.Kind = "loss"
		case f.Type.Kind() == reflect.Int:
			p.Kind, p.Max = "int", math.MaxInt32
		case f.Type.Kind() == reflect.Float64 && f.Tag.Get("unit") == "size":
			p.Kind = "size"
		case f.Type.Kind() == reflect.Float64:
			p.Kind = "number"
		case f.Type.Kind() == reflect.Bool:
			p.Kind = "bool"
		default:
			panic(fmt.Sprintf("attack: parameter %s of %s has type %v", name, a.Info().Name, f.Type))
		}
		for tag, to := range map[string]*float64{"min": &p.Min, "max": &p.Max} {
			if text, ok := f.Tag.Lookup(tag); ok {
				v, err := strconv.ParseFloat(text, 64)
				if err != nil {
					panic(fmt.Sprintf("attack: parameter %s of %s: %s %q", name, a.Info().Name, tag, text))
				}
				*to = v
			}
		}
		if p.Doc == "" || p.DocZh == "" || p.Default == "" {
			panic(fmt.Sprintf("attack: parameter %s of %s lacks a default or a sentence", name, a.Info().Name))
		}
		list = append(list, p)
	}
	return list
}

// A ParameterError says which parameter of an attack is wrong, and why.
type ParameterError struct {
	Attack, Parameter string
	Err               error
	Advice            string
}

// Error implements error.
func (e *ParameterError) Error() string {
	return fmt.Sprintf("%s of the attack %s: %v", e.Parameter, e.Attack, e.Err)
}

// Unwrap returns the cause.
func (e *ParameterError) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *ParameterError) Hint() string { return e.Advice }

// Set returns the attack with one parameter set from a text. Errors are of type *ParameterError.
func Set(a Attack, name, text string) (Attack, error) {
	list := Parameters(a)
	i := slices.IndexFunc(list, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		known := make([]string, len(list))
		for i, p := range list {
			known[i] = p.Name
		}
		err := &ParameterError{a.Info().Name, strconv.Quote(name), errors.New("there is no such parameter"), "it has " + strings.Join(known, ", ")}
		if len(known) == 0 {
			err.Advice = "it has none"
		}
		return nil, err
	}
	p := list[i]
	v := reflect.New(reflect.TypeOf(a)).Elem()
	v.Set(reflect.ValueOf(a))
	if err := p.parse(field(v, name), strings.TrimSpace(text)); err != nil {
		return nil, &ParameterError{a.Info().Name, name, err, "default: " + p.Default}
	}
	return v.Interface().(Attack), nil
}

// field returns the field of a parameter.
func field(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("set") == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// parse sets a field from a text.
func (p *Parameter) parse(f reflect.Value, text string) error {
	switch p.Kind {
	case "loss":
		l, err := ParseLoss(text)
		if err == nil {
			f.Set(reflect.ValueOf(l))
		}
		return err
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q: want true or false", text)
		}
		f.SetBool(b)
		return nil
	case "int":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q: want a whole number", text)
		}
		f.SetInt(n)
		return p.within(float64(n), text)
	case "size":
		v, err := Linf.ParseSize(text)
		if err != nil {
			return err
		}
		f.SetFloat(v)
		return p.within(v, text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q: want a number", text)
	}
	f.SetFloat(v)
	return p.within(v, text)
}

// within returns an error unless v is in the range of the parameter.
func (p *Parameter) within(v float64, text string) error {
	switch {
	case v >= p.Min && v <= p.Max && !math.IsInf(v, 0):
		return nil
	case math.IsInf(p.Max, 1):
		return fmt.Errorf("%s: want at least %g", text, p.Min)
	}
	return fmt.Errorf("%s: want %g to %g", text, p.Min, p.Max)
}

// Validate returns an error, a *ParameterError, unless every parameter of an attack is in its range
// or at its default.
func Validate(a Attack) error {
	v := reflect.ValueOf(a)
	for _, p := range Parameters(a) {
		f := field(v, p.Name)
		var err error
		switch {
		case f.IsZero():
		case p.Kind == "int":
			err = p.within(float64(f.Int()), strconv.FormatInt(f.Int(), 10))
		case p.Kind == "size" || p.Kind == "number":
			err = p.within(f.Float(), strconv.FormatFloat(f.Float(), 'g', -1, 64))
		}
		if err != nil {
			return &ParameterError{a.Info().Name, p.Name, err, "default: " + p.Default}
		}
	}
	return nil
}

// Value returns a number that an attack declares as a parameter, 0 for its default. Not ok: it
// declares none of that name.
func Value(a Attack, name string) (v float64, ok bool) {
	for _, p := range Parameters(a) {
		if f := field(reflect.ValueOf(a), p.Name); p.Name == name && f.CanInt() {
			return float64(f.Int()), true
		} else if p.Name == name && f.CanFloat() {
			return f.Float(), true
		}
	}
	return 0, false
}

// A Setting is a parameter that has another value than its default, as a text that Set reads.
type Setting struct{ Name, Value string }

// Settings lists the parameters of an attack that are not at their defaults.
func Settings(a Attack) []Setting {
	var list []Setting
	for _, p := range Parameters(a) {
		f := field(reflect.ValueOf(a), p.Name)
		if f.IsZero() {
			continue
		}
		s := Setting{Name: p.Name}
		switch p.Kind {
		case "loss":
			s.Value = f.Interface().(Loss).String()
		case "bool":
			s.Value = strconv.FormatBool(f.Bool())
		case "int":
			s.Value = strconv.FormatInt(f.Int(), 10)
		default:
			s.Value = strconv.FormatFloat(f.Float(), 'g', -1, 64)
		}
		list = append(list, s)
	}
	return list
}
