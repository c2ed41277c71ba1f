package attacks_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// TestDeclarations: every attack says what it is, in both languages, and its parameters can be set, written and
// read back.
func TestDeclarations(t *testing.T) {
	for _, a := range attacks.All {
		i := a.Info()
		if i.Name != strings.ToLower(i.Name) || i.Title == "" || i.TitleZh == "" || i.Paper == "" || len(i.Norms) == 0 || i.Says == "" || i.SaysZh == "" {
			t.Errorf("%+v lacks something", i)
		}
		if err := attack.Validate(a); err != nil {
			t.Errorf("the defaults of %s: %v", i.Name, err)
		}
		set := a
		for _, p := range attack.Parameters(a) {
			if words := strings.Contains(p.Default, " "); words != (p.DefaultZh != p.Default) {
				t.Errorf("the default of %s %s is %q, in Chinese %q", i.Name, p.Name, p.Default, p.DefaultZh)
			}
			value := map[string]string{"int": "3", "size": "2/255", "number": "0.5", "bool": "true", "loss": "cw:2"}[p.Kind]
			var err error
			if set, err = attack.Set(set, p.Name, value); err != nil {
				t.Errorf("%s %s=%s: %v", i.Name, p.Name, value, err)
			}
			for _, wrong := range []string{"", "x", "-1", "NaN", "1e999"} {
				if got, err := attack.Set(a, p.Name, wrong); err == nil {
					t.Errorf("%s %s=%q gives %+v", i.Name, p.Name, wrong, got)
				}
			}
		}
		got, err := attacks.All.Read(attack.MarshalAttack(set))
		if err != nil || !reflect.DeepEqual(got, set) {
			t.Errorf("%s is read as %+v, %v", attack.MarshalAttack(set), got, err)
		}
		if _, err := attack.Set(a, "colour", "1"); err == nil {
			t.Errorf("%s has a colour", i.Name)
		}
	}
	for _, text := range []string{``, `{}`, `{"name":"none"}`, `{"name":"pgd","colour":"1"}`, `{"name":"pgd","steps":3}`, `{"name":"pgd","steps":"0"}`} {
		if a, err := attacks.All.Read(json.RawMessage(text)); err == nil {
			t.Errorf("%s is read as %+v", text, a)
		}
	}
}

// FuzzSet: any text for any parameter is refused with an error that says why, or can be written and read back.
func FuzzSet(f *testing.F) {
	f.Add("pgd", "steps", "3")
	f.Add("bim", "step", "2/255")
	f.Add("fgsm", "loss", "cw:40")
	f.Fuzz(func(t *testing.T, name, parameter, text string) {
		a, err := attacks.All.Find(name)
		if err != nil {
			return
		}
		set, err := attack.Set(a, parameter, text)
		if err != nil {
			return
		}
		if err := attack.Validate(set); err != nil {
			t.Fatalf("%s=%q is taken and not valid: %v", parameter, text, err)
		}
		got, err := attacks.All.Read(attack.MarshalAttack(set))
		if err != nil || !reflect.DeepEqual(got, set) {
			t.Fatalf("%s is read as %+v, %v", attack.MarshalAttack(set), got, err)
		}
	})
}
