package kernel

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestNothingIsFused compiles for a processor on which Go fuses multiplications and
// additions unless a conversion stands between them, and finds no such instruction
// but those that sums of products ask for by calling fma.
func TestNothingIsFused(t *testing.T) {
	if testing.Short() {
		t.Skip("short: compiling for another processor takes seconds")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to compile with")
	}
	cmd := exec.Command(goTool, "build", "-gcflags=-S", "hoodwink/internal/kernel", "hoodwink/nn")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
	}
	listing := string(out)
	for _, file := range []string{"elementwise.go:", "lrn.go:", "convolution.go:"} {
		if !strings.Contains(listing, file) {
			t.Errorf("the compiler's listing does not mention %s", file)
		}
	}
	fused := regexp.MustCompile(`\(([^()\s]+\.go:\d+)\)\s+(FN?M(?:ADD|SUB)[SD])\s`)
	asked := regexp.MustCompile(`/fma[a-z0-9_]*\.go:`)
	for _, m := range fused.FindAllStringSubmatch(listing, -1) {
		if !asked.MatchString(m[1]) {
			t.Errorf("%s: %s rounds once where it should twice", m[1], m[2])
		}
	}
}
