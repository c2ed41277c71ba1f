package lab

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"hoodwink"
	"hoodwink/attacks"
)

// TestCatalogueOfAttacks: the pages show the attacks that are declared, and the API takes the same.
func TestCatalogueOfAttacks(t *testing.T) {
	for i, a := range describe(attacks.All) {
		if info := attacks.All[i].Info(); a.Name != info.Name || a.About.EN != info.Says || a.About.ZH != info.SaysZh || a.ArXiv == "" {
			t.Errorf("%+v, declared as %+v", a, info)
		}
	}
	f, _ := reflect.TypeFor[hoodwink.Settings]().FieldByName("Attack")
	if taken := strings.Split(f.Tag.Get("enum"), ","); !slices.Equal(taken, attacks.All.Names()) {
		t.Errorf("the API takes the attacks %v, declared are %v", taken, attacks.All.Names())
	}
}
