package lab

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
)

// TestCatalogueOfAttacks: the pages show the attacks that are declared, and the API takes the same.
func TestCatalogueOfAttacks(t *testing.T) {
	for i, a := range describe(attacks.All) {
		if info := attacks.All[i].Info(); a.Name != info.Name || a.About.EN != info.Says || a.About.ZH != info.SaysZh || a.ArXiv == "" {
			t.Errorf("%+v, declared as %+v", a, info)
		}
	}
	for field, declared := range map[string][]string{"Attack": attacks.All.Names(), "Loss": attack.LossNames(), "Norm": attack.Norms()} {
		f, _ := reflect.TypeFor[hoodwink.Settings]().FieldByName(field)
		if taken := strings.Split(f.Tag.Get("enum"), ","); !slices.Equal(taken, declared) {
			t.Errorf("the API takes as %s %v, declared are %v", field, taken, declared)
		}
	}
}
