package hoodwink

import (
	"encoding/json"
	"math"
	"testing"

	"hoodwink/attack"
	"hoodwink/model/store"
)

// FuzzSettings: settings as the lab gets them from pages and addresses are refused by name, or
// describe an attack whose sizes are in the box.
func FuzzSettings(f *testing.F) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"as":"vulture","eps":"8/255","step":"1/255","attack":"pgd","restarts":2}`))
	f.Add([]byte(`{"not":["dog","0"],"norm":"l2","eps":"1e-3","loss":"margin","seed":18446744073709551615}`))
	f.Add([]byte(`{"as":"vulture","eps":"1e400/1e-400","prob":1e-320,"steps":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Settings
		if json.Unmarshal(data, &s) != nil {
			return
		}
		r, err := s.Request(m)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if math.IsNaN(r.Eps) || r.Eps < 0 || r.Attack == nil || r.Criterion == nil {
			t.Errorf("%+v became %+v", s, r)
		}
		s.Args()
		if name := s.Output("x", &r); len(name) > 255 {
			t.Errorf("the name of the file has %d bytes", len(name))
		}
	})
}

// FuzzParseSize: a size is a finite number or an error.
func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"8/255", "0.03", "1/0", "inf", "-1", "1e-400", "0x1p-1074", " 1 / 2 ", "NaN/1", "inf/inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseSize(attack.Linf, s, 0.5); err == nil && (math.IsNaN(v) || math.IsInf(v, 0) || v < 0) {
			t.Errorf("%q is %g", s, v)
		}
	})
}
