package wording

import "testing"

func TestWording(t *testing.T) {
	for got, want := range map[string]string{
		Printable("a\x1b[2J\u202eb\ufffd ü"):      "a?[2J?b? ü",
		Shape([]int{64, 3, 7, 7}):                 "(64,3,7,7)",
		Shape(nil):                                "()",
		Some([]string{"a", "b", "c"}, 3):          "a, b, c",
		Some([]string{"a", "b", "c"}, 1):          "a, and 2 more",
		Quoted([]string{"a", "b\n", "c", "d"}, 2): `"a", "b\n", and 2 more`,
		Quoted(nil, 2):                            "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
