package main

import (
	"strings"
	"testing"
)

// run runs cells and returns what the last one printed, and its error.
func run(t *testing.T, cells ...string) (said, failed string) {
	t.Helper()
	r := &runner{dir: t.TempDir()}
	for _, c := range cells {
		said, failed = "", ""
		r.run(c, func(e Event) { said, failed = said+e.Text, failed+e.Error })
	}
	return said, failed
}

func TestSession(t *testing.T) {
	for name, c := range map[string]struct {
		cells        []string
		said, failed string
	}{
		"declarations stay":                   {[]string{"import \"fmt\"\nvar n = 3", "func twice(x int) int { return 2 * x }", "%%\nfmt.Println(twice(n))"}, "6\n", ""},
		"a later one replaces an earlier one": {[]string{"import \"fmt\"\nconst a, b = 1, 2", "func b() int { return 5 }", "%%\nfmt.Println(b())"}, "5\n", ""},
		"methods belong to their types": {
			[]string{"import \"fmt\"\ntype a int\ntype b[T any] struct{}", "func (a) name() string { return \"a\" }\nfunc (*b[T]) name() string { return \"b\" }", "%%\nfmt.Println(a(0).name(), new(b[int]).name())"}, "a b\n", ""},
		"a main of its own":                {[]string{"import \"fmt\"\nfunc main() { fmt.Println(1) }"}, "1\n", ""},
		"main is not kept":                 {[]string{"import \"fmt\"\nfunc main() { fmt.Println(1) }", "var x = 2"}, "", ""},
		"imports that are not used":        {[]string{"import (\n\t\"fmt\"\n\trnd \"math/rand/v2\"\n\t\"math/rand/v2\"\n)", "%%\nfmt.Println(rand.IntN(1))"}, "0\n", ""},
		"nothing":                          {[]string{"  \n"}, "", ""},
		"the error names cell and line":    {[]string{"var a = 1", "\nvar b = 2\n%%\n\n_ = c"}, "", "cell 2:5:5: undefined: c"},
		"so does that of a declaration":    {[]string{"import \"fmt\"\n\n// f fails.\nfunc f() { fmt.Nothing() }"}, "", "cell 1:4:16: undefined: fmt.Nothing"},
		"what did not compile is not kept": {[]string{"import \"fmt\"\nvar a = 1", "var a = none", "%%\nfmt.Println(a)"}, "1\n", ""},
		"statements want a line":           {[]string{"fmt.Println(1)"}, "", "cell 1:1:1: expected declaration, found fmt\n(statements stand behind a line %%)"},
		"not both":                         {[]string{"func main() {}\n%%\nprintln(1)"}, "", "cell 1 has both a function main and statements"},
		"a program that fails":             {[]string{"import \"os\"\n%%\nos.Exit(3)"}, "", "exit status 3"},
		"no line at the end":               {[]string{"import \"os\"\n%%\nos.Stdout.WriteString(\"half\")"}, "half", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if said, failed := run(t, c.cells...); said != c.said || failed != c.failed {
				t.Errorf("said %q and failed with %q, want %q and %q", said, failed, c.said, c.failed)
			}
		})
	}
}

// TestServe asks over the wire.
func TestServe(t *testing.T) {
	var out strings.Builder
	err := serve(strings.NewReader(`{"code":"import \"fmt\"\n%%\nfmt.Println(\"a\")"}`+"\n"+`{"code":"x"}`), &out)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != 3 || got[0] != `{"stream":"stdout","text":"a\n"}` || got[1] != `{"done":true}` || !strings.HasPrefix(got[2], `{"done":true,"error":"cell 2:1:`) {
		t.Errorf("answers %q", got)
	}
	if err := serve(strings.NewReader("{"), &out); err == nil {
		t.Error("half a request is taken")
	}
}
