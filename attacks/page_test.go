package attacks_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// TestPage: the tables of docs/attacks.md are those of the registry, and its two attacks are the files that
// are compiled and run. -update writes them.
func TestPage(t *testing.T) {
	const path = "../docs/attacks.md"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	part := func(name, text string) {
		begin := "<!-- " + name + ": written by `go generate ./attacks`. -->\n\n"
		end := "\n<!-- End of " + name + ". -->"
		before, rest, found := strings.Cut(page, begin)
		_, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("%s has nothing between %q and %q", path, begin, end)
		}
		page = before + begin + text + end + after
	}
	code := func(file string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return "```go\n" + string(text) + "```\n"
	}
	part("Tables", attacks.All.Markdown())
	part("PGD", code("pgd.go"))
	part("Noise", code("stranger_test.go"))
	part("Properties", properties())
	switch {
	case page == string(content):
	case *update:
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the attacks say: go generate ./attacks writes it", path)
	}
}

// properties is the table of what attacks promise.
func properties() string {
	var b strings.Builder
	b.WriteString("| property | family | what holds |\n|---|---|---|\n")
	for _, p := range conform.Properties() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, p.Family.Name, p.Says)
	}
	return b.String()
}

// sum is a linear model of two classes: the second wins if the pixels add up to more than 2.
type sum struct{ logits, dx *tensor.Tensor }

func (sum) Shape() []int               { return []int{1, 2, 2} }
func (sum) Classes() int               { return 2 }
func (sum) Batch() int                 { return 1 }
func (sum) Bounds() (float32, float32) { return 0, 1 }
func (sum) Access() (bool, bool)       { return true, false }

func (s sum) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	s.logits.Data[1] = -2
	for _, v := range x.Data {
		s.logits.Data[1] += v
	}
	return s.logits, nil
}

func (s sum) Pull(context.Context, *tensor.Tensor) (*tensor.Tensor, error) { return s.dx, nil }

// TestStranger: an attack that is written outside this package, as the page shows it, runs, and is described.
func TestStranger(t *testing.T) {
	m := sum{tensor.New(1, 2), tensor.New(1, 1, 2, 2)}
	e := attack.Example{X: []float32{.5, .5, .45, .5}, Goal: attack.Targeted{Class: 1}, Eps: .1}
	threat := attack.Threat{Levels: 256}
	verdicts, err := attack.Run(context.Background(), m, Noise{}, threat, attack.Options{}, e)
	if err != nil || verdicts[0].Err != nil {
		t.Fatal(err, verdicts)
	}
	if v := verdicts[0]; !v.Success || v.Size > .1 || v.Backwards != 0 {
		t.Errorf("success %v, size %g, %d backwards", v.Success, v.Size, v.Backwards)
	}
	table := append(attacks.All, Noise{}).Markdown()
	for _, want := range []string{"| `noise`, random noise | Random points no", "| `noise` | `tries` | points that are tried | 100 | 1 to 100000 |"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

// TestDescribe: what people are shown of every attack is complete, in both languages.
func TestDescribe(t *testing.T) {
	for _, a := range attacks.All {
		for _, chinese := range []bool{false, true} {
			d := attack.Describe(a, chinese)
			if d.Name == "" || d.Title == "" || d.Says == "" || d.Paper == "" || len(d.Norms) == 0 {
				t.Errorf("incomplete: %+v", d)
			}
			for _, p := range d.Parameters {
				if p.Doc == "" || p.Default == "" || p.Range() == "" {
					t.Errorf("%s: incomplete: %+v", d.Name, p)
				}
			}
		}
	}
}
