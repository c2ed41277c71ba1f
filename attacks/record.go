package attacks

import (
	"bytes"
	"encoding/json"
	"fmt"

	"hoodwink/attack"
)

// A smallestRecord is how Smallest is written: under this one name, which no attack has.
type smallestRecord struct {
	Smallest *struct {
		Of        json.RawMessage `json:"of"`
		Tolerance float64         `json:"tolerance,omitempty"`
	} `json:"smallest"`
}

// Marshal writes an attack as JSON that Read reads back: its name, and the parameters that are not at
// their defaults.
func Marshal(a attack.Attack) json.RawMessage {
	s, ok := a.(Smallest)
	if !ok {
		return attack.MarshalAttack(a)
	}
	out := fmt.Appendf(nil, `{"smallest":{"of":%s`, attack.MarshalAttack(s.Base))
	if s.Tolerance != 0 {
		out = fmt.Appendf(out, `,"tolerance":%v`, s.Tolerance)
	}
	return append(out, "}}"...)
}

// Read reads an attack of All, or the search for its smallest eps, that Marshal has written.
func Read(data []byte) (attack.Attack, error) {
	var r smallestRecord
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || r.Smallest == nil {
		return All.Read(data)
	}
	base, err := All.Read(r.Smallest.Of)
	if err != nil {
		return nil, err
	}
	s := Smallest{Base: base, Tolerance: r.Smallest.Tolerance}
	return s, s.check()
}
