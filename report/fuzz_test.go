package report

import (
	"encoding/json"
	"testing"
)

// FuzzFool: a result that can be read can be written, and then says the same.
func FuzzFool(f *testing.F) {
	f.Add([]byte(`{"input":"a.png","eps":null,"linf":0.03,"top":[{"class":1,"prob":null}],"path":[{"step":0,"class":2}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, again Fool
		if json.Unmarshal(data, &first) != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(written) {
			t.Errorf("%s became %s, error %v", written, second, err)
		}
	})
}
