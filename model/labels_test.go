package model

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/names"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const sampleLabels = `n01440764 tench, Tinca tinca
n02012849 crane
n02110185 Siberian husky
n02109961 Eskimo dog, husky
n02509815 lesser panda, red panda, panda, bear cat, cat bear, Ailurus fulgens
n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca
n03126707 crane
n03590841 jack-o'-lantern
n04355933 sunglass
n04356056 sunglasses, dark glasses, shades
n02808304 bath towel
`

func sample(t *testing.T) *Labels {
	t.Helper()
	l, err := ParseLabels([]byte(sampleLabels))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParseLabels(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []Class
	}{
		{"synsets", "n01440764 tench, Tinca tinca\nn01443537 goldfish\n", []Class{{0, "n01440764", "tench"}, {1, "n01443537", "goldfish"}}},
		{"CRLF, BOM, tab, no last newline", "\ufeffn01440764\ttench\r\nn01443537 goldfish", []Class{{0, "n01440764", "tench"}, {1, "n01443537", "goldfish"}}},
		{"synsets alone", "n01440764\nn01443537\n\n\n", []Class{{0, "n01440764", "n01440764"}, {1, "n01443537", "n01443537"}}},
		{"plain", "airplane\nautomobile, car\n", []Class{{0, "", "airplane"}, {1, "", "automobile"}}},
		{"one line without synset makes all plain", "n01440764 tench\ncat\n", []Class{{0, "", "n01440764 tench"}, {1, "", "cat"}}},
		{"empty line in the middle", "zero\n\ntwo\n", []Class{{0, "", "zero"}, {1, "", "class 1"}, {2, "", "two"}}},
	} {
		l, err := ParseLabels([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []Class
		for i := range l.Len() {
			got = append(got, l.Class(i))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, d)
		}
	}
	for _, bad := range []string{"", "\n \n", "a\x00b", "caf\xe9\n", strings.Repeat("\n", MaxClasses) + "x"} {
		if _, err := ParseLabels([]byte(bad)); err == nil {
			t.Errorf("%.10q: no error", bad)
		}
	}
}

func TestFind(t *testing.T) {
	l := sample(t)
	for _, c := range []struct {
		word string
		want []int
	}{
		{"5", []int{5}},
		{" 10 ", []int{10}},
		{"11", nil},
		{"99999999999999999999", nil},
		{"n02510455", []int{5}},
		{"N02510455", []int{5}},
		{"giant panda", []int{5}},
		{"Giant_Panda", []int{5}},
		{"GIANT-panda", []int{5}},
		{"panda", []int{4, 5}},       // exact synonym of both
		{"panda bear", []int{5}},     // exact, although "bear" is elsewhere too
		{"husky", []int{3}},          // exact beats the whole word of Siberian husky
		{"bear", []int{4, 5}},        // whole word
		{"siberian", []int{2}},       // whole word
		{"sunglass", []int{8}},       // exact beats substring
		{"glass", []int{8, 9}},       // substring
		{"bathtowel", []int{10}},     // substring without spaces
		{"jack o lantern", []int{7}}, // punctuation
		{"jack-o'-lantern", []int{7}},
		{"crane", []int{1, 6}},
		{"vulture", nil},
		{"", nil},
		{"-", nil},
	} {
		var got []int
		for _, class := range l.Find(c.word) {
			got = append(got, class.Index)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("Find(%q) = %v, want %v", c.word, got, c.want)
		}
	}
}

func TestResolveErrorsSayWhatToDo(t *testing.T) {
	l := sample(t)
	_, err := l.Resolve("crane")
	var ce *ClassError
	if !errors.As(err, &ce) || !ce.Ambiguous || len(ce.Candidates) != 2 {
		t.Fatalf("crane: %#v", err)
	}
	if want := `class name "crane" is ambiguous: it fits crane (1, n02012849), crane (6, n03126707)`; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	_, err = l.Resolve("giant pnada")
	if !errors.As(err, &ce) || ce.Ambiguous || len(ce.Candidates) == 0 || ce.Candidates[0].Index != 5 {
		t.Fatalf("giant pnada: %#v", err)
	}
	if want := "giant panda (5, n02510455)"; !strings.Contains(ce.Hint(), want) {
		t.Errorf("hint %q does not contain %q", ce.Hint(), want)
	}
	if _, err = l.Resolve("xylophone quartet"); !errors.As(err, &ce) || len(ce.Candidates) != 0 || !strings.Contains(ce.Hint(), "0 to 10") {
		t.Errorf("xylophone quartet: %v, hint %q", err, ce.Hint())
	}
	if _, err = NoLabels(7).Resolve("cat"); !errors.As(err, &ce) || !strings.Contains(ce.Hint(), "no names") {
		t.Errorf("without labels: %v, hint %q", err, ce.Hint())
	}
	if _, err = l.Resolve(strings.Repeat("panda ", 10000)); !errors.As(err, &ce) {
		t.Errorf("very long word: %v", err)
	}
}

func TestResolveAll(t *testing.T) {
	l := sample(t)
	for word, want := range map[string][]int{"panda": {4, 5}, "crane": {1, 6}, "siberian": {2}, "7": {7}} {
		got, err := l.ResolveAll(word)
		var indices []int
		for _, c := range got {
			indices = append(indices, c.Index)
		}
		if err != nil || !slices.Equal(indices, want) {
			t.Errorf("ResolveAll(%q) = %v, %v, want %v", word, indices, err, want)
		}
	}
	for _, word := range []string{"bear", "vulture"} {
		if got, err := l.ResolveAll(word); err == nil {
			t.Errorf("ResolveAll(%q) = %v, want an error: the word is no class's whole name", word, got)
		}
	}
	if got, err := l.ResolveEvery("bear"); err != nil || len(got) != 2 {
		t.Errorf("ResolveEvery(bear) = %v, %v, want both", got, err)
	}
	if _, err := l.ResolveEvery("vulture"); err == nil {
		t.Error("ResolveEvery(vulture): no error")
	}
}

func TestNoLabels(t *testing.T) {
	l := NoLabels(20)
	if got := l.Class(17); got.Label != "class 17" || l.Named() {
		t.Errorf("got %+v", got)
	}
	for _, word := range []string{"17", "class 17", "Class-17", "class17"} {
		if c, err := l.Resolve(word); err != nil || c.Index != 17 {
			t.Errorf("Resolve(%q) = %v, %v", word, c, err)
		}
	}
}

// Every class is found by its index, its synset, and each of its names at whatever
// case and spelling of the gaps.
func TestEveryNameFindsItsClass(t *testing.T) {
	l := sample(t)
	if dir := os.Getenv("HOODWINK_MODELS"); dir != "" {
		data, err := os.ReadFile(filepath.Join(dir, "synset_words.txt"))
		if err != nil {
			t.Fatal(err)
		}
		if l, err = ParseLabels(data); err != nil || l.Len() != 1000 {
			t.Fatalf("%d classes, %v", l.Len(), err)
		}
	}
	for i := range l.Len() {
		for _, word := range append([]string{fmt.Sprint(i), l.Class(i).Synset}, l.Names(i)...) {
			if !slices.Contains(l.Find(strings.ToUpper(strings.ReplaceAll(word, " ", "_"))), l.Class(i)) {
				t.Errorf("%q does not find class %v", word, l.Class(i))
			}
		}
	}
}

// The prefilter on lengths must not change the distance found.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"panda", "panda", 0}, {"panda", "pnada", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ñu", "nu", 1}} {
		if got := names.Edits(c.a, c.b); got != c.want {
			t.Errorf("names.Edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringN(0, 12, -1).Draw(t, "a"), rapid.StringN(0, 12, -1).Draw(t, "b")
		best := rapid.IntRange(0, 15).Draw(t, "best")
		d := names.Edits(a, b)
		if d != names.Edits(b, a) {
			t.Fatalf("not symmetric: %d and %d", d, names.Edits(b, a))
		}
		if got := fewerEdits(best, a, b); got != min(best, d) {
			t.Fatalf("fewerEdits(%d) = %d, distance %d", best, got, d)
		}
	})
}

func FuzzParseLabels(f *testing.F) {
	f.Add([]byte(sampleLabels), "panda")
	f.Add([]byte("a, b,,c\n\n,\n"), "class 1")
	f.Add([]byte("\ufeff1\r\n2"), "2")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		l, err := ParseLabels(data)
		if err != nil {
			return
		}
		for i := range l.Len() {
			if l.Class(i).Index != i || l.Class(i).Label == "" || len(l.Names(i)) == 0 {
				t.Fatalf("class %d: %+v, names %q", i, l.Class(i), l.Names(i))
			}
		}
		if c, err := l.Resolve(word); err == nil && !slices.Contains(l.Find(word), c) {
			t.Fatalf("Resolve(%q) = %v is not in Find", word, c)
		}
	})
}
