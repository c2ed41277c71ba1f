package model

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// The forms in which people have class names.
func TestParseLabelFiles(t *testing.T) {
	two := "tench goldfish"
	synset := "n01440764:tench n01443537:goldfish"
	for name, c := range map[string]struct{ text, want string }{
		"list":                   {`["tench", "goldfish"]`, two},
		"list, indented":         {"\ufeff[\r\n  \"tench\",\r\n  \"goldfish\"\r\n]\r\n", two},
		"list of pairs":          {`[["n01440764", "tench"], ["n01443537", "goldfish"]]`, synset},
		"list of dictionaries":   {`[{"id": 1, "name": "goldfish"}, {"id": 0, "name": "tench", "supercategory": "fish"}]`, two},
		"list of names in dicts": {`[{"name": "tench"}, {"name": "goldfish"}]`, two},
		"numbers to names":       {`{"0": "tench", "1": "goldfish"}`, two},
		"numbers, any order":     {`{"1": "goldfish", "0": "tench"}`, two},
		"Keras":                  {`{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}`, synset},
		"inverted":               {`{"goldfish": 1, "tench": 0}`, two},
		"inverted synsets":       {`{"n01440764": 0, "n01443537": 1}`, "n01440764:n01440764 n01443537:n01443537"},
		"inverted numbers":       {`{"7": 1, "8": 0}`, "8 7"},
		"Hugging Face":           {`{"architectures": ["ViT"], "id2label": {"0": "tench, Tinca tinca", "1": "goldfish"}, "label2id": {"tench, Tinca tinca": 0, "goldfish": 1}, "x": null, "y": [1.5, true]}`, two},
		"class_to_idx":           {`{"class_to_idx": {"tench": 0, "goldfish": 1}}`, two},
		"names, as in data.yaml": {`{"nc": 2, "names": ["tench", "goldfish"]}`, two},
		"Python":                 {"{0: 'tench, Tinca tinca',\n 1: \"goldfish\",}", two},
		"Python, quotes":         {`{0: 'jack-o\'-lantern', 1: 'so "called"'}`, `jack-o'-lantern so_"called"`},
		"escapes":                {`["t\u00eate", "a\nb"]`, "tête a_b"},
		"number as name":         {`[1, 2]`, "1 2"},
		"index,name":             {"index,name\n0,tench\n1,goldfish\n", two},
		"name,index":             {"name,index\ngoldfish,1\ntench,0\n", two},
		"Class ID;Class Name":    {"Class ID;Class Name\n0;tench\n1;goldfish\n", two},
		"label,name of numbers":  {"label,name\n0,tench\n1,goldfish\n", two},
		"id,label":               {"id,label\n1,goldfish\n0,tench\n", two},
		"index,synset,name":      {"index,synset,name\n0,n01440764,tench\n1,n01443537,goldfish\n", synset},
		"pandas":                 {",name,count\n0,tench,17\n1,goldfish,5\n", two},
		"pandas with class":      {",class,name\n0,1,goldfish\n1,0,tench\n", two},
		"quoted synonyms":        {"index,name\n0,\"tench, Tinca tinca\"\n1,\"goldfish\"\n", two},
		"bare, number first":     {"1,goldfish\n0,tench\n", two},
		"bare, number last":      {"tench,0\ngoldfish,1\n", two},
		"bare tabs":              {"0\ttench\n1\tgoldfish\n", two},
		"bare synsets":           {"n01440764,tench\nn01443537,goldfish\n", synset},
		"bare synsets, tabs":     {"n01440764\ttench\nn01443537\tgoldfish", synset},
		"all three, bare":        {"0,n01440764,tench\n1,n01443537,goldfish\n", synset},
		"synonyms stay":          {"tench, Tinca\ngoldfish, Carassius\n", two},
		"odd name stays":         {"[UNK]\n[CLS]\n", "[UNK] [CLS]"},
		"numbers stay":           {"1\n2\n3\n", "1 2 3"},
		"numbered lines":         {"1 goldfish\r\n0 tench\r\n", two},
		"numbers and colons":     {"1: goldfish\n0: tench, Tinca\n", two},
		"numbered list":          {"0. tench\n1. goldfish\n", two},
		"numbers of names":       {"1 cent\n5 cents\n", "1_cent 5_cents"},
	} {
		l, err := ParseLabels([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for i := range l.Len() {
			class := l.Class(i)
			s := strings.ReplaceAll(class.Label, " ", "_")
			if class.Synset != "" {
				s = class.Synset + ":" + s
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}

func TestParseLabelFilesRefuse(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"UTF-16":           {"\xff\xfea\x00", "it is UTF-16: save it as UTF-8"},
		"gap":              {`{"0": "a", "2": "b"}`, "2 names with numbers up to 2, but none for class 1"},
		"from 1":           {`{"1": "a", "2": "b"}`, "none for class 0; the numbers begin at 1"},
		"twice the number": {`{"a": 0, "b": 0}`, `class 0 is named twice: "a" and "b"`},
		"twice the key":    {`{"0": "a", "0": "b"}`, `the key "0" is there twice`},
		"01 and 1":         {`{"0": "a", "1": "b", "01": "c"}`, "class 1 is named twice"},
		"huge number":      {`{"0": "a", "99999999999999999999": "b"}`, "is no number of a class"},
		"negative":         {`{"a": -1, "b": 0}`, "is no number of a class"},
		"words":            {`{"a": "b"}`, `the key "a" is no number of a class`},
		"mixed":            {`{"0": "a", "1": {"x": 1}}`, "class 1 is no name"},
		"null":             {`["a", null]`, "item 1 of the list is no name"},
		"half numbered":    {`[{"id": 0, "name": "a"}, {"name": "b"}]`, "item 1 of the list has a number or lacks one"},
		"truncated":        {`{"0": "a", "1": "b`, "text without end"},
		"truncated list":   {"[\n\"a\",\n", "line 2 of the JSON: it ends early"},
		"nothing":          {`[]`, "names no class"},
		"more":             {`["a"] ["b"]`, "more text behind its end"},
		"no colon":         {`{"a" 1}`, "want :"},
		"no comma":         {`["a" "b"]`, "want , or ]"},
		"deep":             {strings.Repeat("[", 100000), "deeper"},
		"bad escape":       {`["\q"]`, "cannot be read"},
		"table gap":        {"index,name\n0,a\n5,b\n", "none for class 1"},
		"table from 1":     {"1,a\n2,b\n", "none for class 0; the numbers begin at 1"},
		"table twice":      {"index,name\n0,a\n0,b\n", "class 0 is named twice"},
	} {
		_, err := ParseLabels([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// What is written is read as the same, whatever the names look like.
func TestLabelsWrite(t *testing.T) {
	for _, lines := range [][]string{{"cat", "dog, hound"}, {"1", "2"}, {"0,x", "10,y", "1,z"}, {"1 x", "0 y"}, {"n01440764,tench", "n01443537,goldfish"}, {`{"0"`, "}"}, {"[", "]"}, {"index,name", "a,b"}} {
		l, err := newLabels(lines)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := l.write(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ParseLabels(b.Bytes())
		if err != nil || fmt.Sprint(got.names, got.synsets) != fmt.Sprint(l.names, l.synsets) {
			t.Errorf("%q written as %q and read as %v: %v", lines, b.String(), got, err)
		}
	}
}

// A class whose name is a number is called by it.
func TestFindNumberedNames(t *testing.T) {
	l, err := ParseLabels([]byte("1\n2\n3\n"))
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"1": 0, "2": 1, "3": 2, "0": 0} {
		if c, err := l.Resolve(word); err != nil || c.Index != want {
			t.Errorf("%s is class %d, %v; want %d", word, c.Index, err, want)
		}
	}
}

func FuzzParseLabelFiles(f *testing.F) {
	for _, s := range []string{`["a", "b"]`, `{"0": ["n01440764", "tench"]}`, `{"a": 0}`, `{"id2label": {"0": "a"}}`, "{0: 'it\\'s',}", "index,name\n0,a\n", "0\ta\n1\tb", "a;0\nb;1",
		"[[[[", `{"0":`, "\"a\n\",0\n", `[{"id": 0, "name": "a"}]`, "n01440764,tench\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLabels(data)
		if err != nil {
			return
		}
		if l.Len() == 0 || l.Len() > MaxClasses {
			t.Fatalf("%d classes", l.Len())
		}
		var b bytes.Buffer
		if err := l.write(&b); err != nil {
			t.Fatal(err)
		}
		if again, err := ParseLabels(b.Bytes()); l.names[l.Len()-1] != nil && (err != nil || again.Len() != l.Len()) {
			t.Fatalf("%q is written as %q, and read as %v", data, b.String(), err)
		}
	})
}
