package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hoodwink/lab"
)

func TestMain(m *testing.M) {
	lab.Child()
	testscript.Main(m, map[string]func(){"hoodwink": main})
}

// TestScripts runs the real program. Scripts whose names begin with googlenet, onnx or
// mnist need real networks, pictures and digits.
func TestScripts(t *testing.T) {
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	run := func(pattern string, models, data string) {
		files, err := filepath.Glob("testdata/script/" + pattern + "*.txtar")
		if err != nil || len(files) == 0 {
			t.Fatalf("no scripts %s: %v", pattern, err)
		}
		testscript.Run(t, testscript.Params{
			Files: files,
			Setup: func(e *testscript.Env) error {
				e.Setenv("HOME", e.WorkDir)
				e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
				e.Setenv("HOODWINK_MODELS", models)
				e.Setenv("HOODWINK_DATA", data)
				e.Setenv("MODELS", models)
				e.Setenv("DATA", data)
				return nil
			},
		})
	}
	run("sketch", "", "")
	for name, needs := range map[string]string{
		"googlenet": filepath.Join(models, "bvlc_googlenet"),
		"onnx":      filepath.Join(models, "cifar10_resnet20"),
		"mnist":     filepath.Join(data, "datasets", "mnist"),
	} {
		t.Run(name, func(t *testing.T) {
			if models == "" || data == "" {
				t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: the scripts on real networks and photos are not run")
			}
			abs := func(p string) string {
				a, err := filepath.Abs(p)
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			if _, err := os.Stat(needs); err != nil {
				t.Skipf("%v: the scripts on that are not run", err)
			}
			run(name, abs(models), abs(data))
		})
	}
}
