package names

import "testing"

func TestNames(t *testing.T) {
	list := []string{"linf", "l2"}
	for i, want := range map[int]string{0: "linf", 1: "l2", 2: "Norm(2)", -1: "Norm(-1)"} {
		if got := Of(i, list, "Norm"); got != want {
			t.Errorf("%d is %q, want %q", i, got, want)
		}
	}
	for name, want := range map[string]int{"linf": 0, "L2": 1, "l1": -1, "": -1} {
		if got := Index(name, list); got != want {
			t.Errorf("%q has index %d, want %d", name, got, want)
		}
	}
}
