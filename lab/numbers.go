package lab

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// Classes and sizes are texts, "vulture" and "8/255". But a class may be an index, and a size is a
// number: in requests, JSON numbers are allowed for them too.
var (
	numbersOfRun   = []string{"as", "not", "eps", "step"}
	numbersOfSlope = []string{"class"}
)

// UnmarshalJSON implements json.Unmarshaler.
func (q *RunRequest) UnmarshalJSON(b []byte) error {
	type plain RunRequest
	return readTexts(b, (*plain)(q), numbersOfRun)
}

// TransformSchema implements huma.SchemaTransformer.
func (RunRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNumbers(s, numbersOfRun)
}

// UnmarshalJSON implements json.Unmarshaler.
func (q *Slope) UnmarshalJSON(b []byte) error {
	type plain Slope
	return readTexts(b, (*plain)(q), numbersOfSlope)
}

// TransformSchema implements huma.SchemaTransformer.
func (Slope) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNumbers(s, numbersOfSlope)
}

// readTexts decodes an object into v. The named properties, and their items if they are lists, are
// texts and may be numbers in b.
func readTexts(b []byte, v any, names []string) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for _, name := range names {
		raw, given := all[name]
		if !given {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil && list != nil {
			for i := range list {
				list[i] = text(list[i])
			}
			all[name], _ = json.Marshal(list)
		} else {
			all[name] = text(raw)
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// text converts a JSON number to a JSON string, and leaves everything else as it is.
func text(raw json.RawMessage) json.RawMessage {
	var v float64
	if json.Unmarshal(raw, &v) != nil || string(raw) == "null" {
		return raw
	}
	format := byte('g')
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		format = 'f' // 23, not 2.3e+01
	}
	return strconv.AppendQuote(nil, strconv.FormatFloat(v, format, -1, 64))
}

// orNumbers allows numbers where a schema has texts.
func orNumbers(s *huma.Schema, names []string) *huma.Schema {
	either := func(p *huma.Schema) *huma.Schema {
		number := &huma.Schema{Type: huma.TypeNumber}
		about := p.Description
		p.Description = ""
		return &huma.Schema{Description: about, OneOf: []*huma.Schema{p, number}}
	}
	for _, name := range names {
		p := s.Properties[name]
		if p.Type == huma.TypeArray {
			p.Items = either(p.Items)
		} else {
			s.Properties[name] = either(p)
		}
	}
	s.PrecomputeMessages()
	return s
}
