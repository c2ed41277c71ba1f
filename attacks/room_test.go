package attacks_test

import (
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// TestRoom: what an attack holds is known before, for every attack, and is a limit that holds.
func TestRoom(t *testing.T) {
	seen := map[string]int{}
	for _, a := range conforming {
		a = conform.Brief(a)
		for _, norm := range a.Info().Norms {
			th := attack.Threat{Norm: norm, Levels: 256}
			list := conform.Examples(th, 4, 6)
			m := conform.Network(2)
			most := 0
			for _, e := range list {
				n, err := attack.Room(a, th, m.Classes(), e.Goal)
				if err != nil {
					t.Fatalf("%s: %v", a.Info().Name, err)
				}
				most = max(most, n)
			}
			o := attack.Options{Room: most, Observe: func(attack.Step) {}}
			vs, err := attack.Run(t.Context(), m, a, th, o, list...)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range vs {
				if v.Err != nil {
					t.Errorf("%s in %v, room for %d: %v", a.Info().Name, norm, most, v.Err)
				}
			}
			o.Room = 4 // less than an example has before its attack begins
			if vs, _ = attack.Run(t.Context(), m, a, th, o, list...); vs[0].Err == nil || !strings.Contains(vs[0].Err.Error(), "memory") {
				t.Errorf("%s in %v, room for %d: %v", a.Info().Name, norm, o.Room, vs[0].Err)
			}
			seen[a.Info().Name] = max(seen[a.Info().Name], most)
		}
	}
	t.Log(seen)
	// Of bim: the original, its mask, the best, the latest and the peak's picture, what is shown, and two of its own.
	if seen["bim"] != 8 || seen["fab"] < 10 || seen["vmi"] < 10 {
		t.Errorf("%v", seen)
	}
	few, err := attack.Room(attacks.Smallest{Base: attacks.BIM{}}, attack.Threat{Levels: 256}, 10, attack.Targeted{Class: 3})
	if err != nil || few > 8 {
		t.Errorf("stages keep what they took: %d pictures, %v", few, err)
	}
	many, err := attack.Room(attacks.FAB{}, attack.Threat{}, 1000, attack.Misclassification{Classes: []int{3}})
	if err != nil || many < 55 || many > 70 {
		t.Errorf("fab on 1000 classes holds %d pictures, %v", many, err)
	}
}
