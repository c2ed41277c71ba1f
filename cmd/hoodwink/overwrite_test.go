package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/preprocess"
)

// drawTo writes a drawing of a panda.
func drawTo(t *testing.T, path string) {
	t.Helper()
	x, err := dataset.Draw(0, 1, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := preprocess.WritePNG(path, x, nil); err != nil {
		t.Fatal(err)
	}
}

// apart makes the test independent of the user's caches and settings.
func apart(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LocalAppData", "AppData"} {
		t.Setenv(name, t.TempDir())
	}
	t.Setenv("HOODWINK_MODELS", "")
	t.Setenv("HOODWINK_DATA", "")
}

// contents reads all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

// TestOutputsDoNotOverwrite: no output may be an input or another output, by any path or link, and
// nothing is done before that is known.
func TestOutputsDoNotOverwrite(t *testing.T) {
	apart(t)
	in := t.TempDir()
	must := func(args ...string) {
		t.Helper()
		var out, err bytes.Buffer
		if code := run(args, nil, &out, &err); code != exitOK {
			t.Fatalf("%v: exit code %d\n%s", args, code, err.String())
		}
	}
	must("models", "export", "sketchbook", "-o", filepath.Join(in, "net.onnx"))
	linear := t.TempDir()
	must("linear", "train", "--data", "sketchbook", "--examples", "20", "--epochs", "1", "--size", "16", "--force", "--out", linear)
	picture, mask := filepath.Join(in, "panda.png"), filepath.Join(in, "mask.png")
	drawTo(t, picture)
	drawTo(t, mask)
	before, beforeLinear := contents(t, in), contents(t, linear)

	out := t.TempDir()
	at := func(name string) string { return filepath.Join(out, name) }
	fool := func(more ...string) []string {
		return append([]string{"fool", picture, "-m", in, "--as", "vulture", "--mask", mask}, more...)
	}
	// Each command with the output that is to be a link, and the inputs that it may lead to.
	ofModel := []string{"net.onnx", "hoodwink.yaml", "labels.txt"}
	for _, c := range []struct {
		out    string
		args   []string
		inputs []string
	}{
		{"o.png", fool("-o", at("o.png")), append(ofModel, "panda.png", "mask.png")},
		{"h.html", fool("-o", at("x.png"), "--html", at("h.html")), append(ofModel, "panda.png", "mask.png")},
		{"montage.png", fool("-o", at("x.png"), "--pictures", out), append(ofModel, "panda.png", "mask.png")},
		{"curves.svg", fool("-o", at("x.png"), "--pictures", out), []string{"panda.png"}},
		{"o.png", []string{"gradient", picture, "-m", in, "-o", at("o.png")}, append(ofModel, "panda.png")},
		{"o.npy", []string{"gradient", picture, "-m", in, "-o", at("x.png"), "--npy", at("o.npy")}, append(ofModel, "panda.png")},
		{"o.png", []string{"find", "panda", in, "-m", in, "--montage", at("o.png")}, append(ofModel, "panda.png", "mask.png")},
		{"net.onnx", []string{"models", "export", in, "--force", "-o", at("net.onnx")}, ofModel},
		{"hoodwink.yaml", []string{"models", "export", in, "--force", "-o", at("net.onnx")}, ofModel},
		{"labels.txt", []string{"models", "export", in, "--force", "-o", at("net.onnx")}, ofModel},
		{"t.png", []string{"linear", "templates", "-m", linear, "-o", at("t.png")}, []string{"/model.onnx", "/hoodwink.yaml", "/labels.txt"}},
		{"index.html", []string{"linear", "fool", picture, "-m", linear, "--dir", out}, []string{"/model.onnx", "panda.png"}},
		{"fooled.png", []string{"linear", "fool", picture, "-m", linear, "--dir", out}, []string{"/labels.txt", "panda.png"}},
		{"model.onnx", []string{"linear", "train", "--data", in, "--force", "--out", out}, []string{"panda.png"}},
		{"labels.txt", []string{"train", "--data", in, "--force", "--out", out}, []string{"panda.png"}},
		{"checkpoint", []string{"train", "--data", in, "--force", "--out", out}, []string{"mask.png"}},
	} {
		for _, input := range c.inputs {
			for kind, link := range map[string]func(string, string) error{"symlink": os.Symlink, "hard link": os.Link} {
				target := filepath.Join(in, input)
				if name, ok := strings.CutPrefix(input, "/"); ok {
					target = filepath.Join(linear, name)
				}
				if err := link(target, at(c.out)); err != nil {
					t.Skip(err)
				}
				var stdout, stderr bytes.Buffer
				code := run(c.args, nil, &stdout, &stderr)
				if s := stderr.String(); code != exitFailure || !strings.Contains(s, "overwrit") || !strings.Contains(s, "hint: ") {
					t.Errorf("%v, where %s is a %s to %s: exit code %d\n%s", c.args, c.out, kind, input, code, s)
				}
				os.Remove(at(c.out))
				for name := range contents(t, out) {
					t.Fatalf("%v wrote %s", c.args, name)
				}
			}
		}
	}
	for name, now := range contents(t, in) {
		if before[name] != now {
			t.Errorf("%s was overwritten", name)
		}
	}
	for name, now := range contents(t, linear) {
		if beforeLinear[name] != now {
			t.Errorf("%s was overwritten", name)
		}
	}
}

// TestOutputNames: wrong names, two outputs of one name, standard input, and what is no file.
func TestOutputNames(t *testing.T) {
	apart(t)
	in, out := t.TempDir(), t.TempDir()
	picture := filepath.Join(in, "montage.png")
	drawTo(t, picture)
	before := contents(t, in)
	at := func(name string) string { return filepath.Join(out, name) }
	if err := os.Mkdir(at("folder.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(out, at("again")); err != nil {
		t.Skip(err)
	}
	fool := func(more ...string) []string {
		return append([]string{"fool", picture, "-m", "sketchbook", "--as", "vulture"}, more...)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{fool("-o", picture), exitFailure, "would overwrite the input"},
		{fool("-o", filepath.Join(in, "..", filepath.Base(in), "montage.png")), exitFailure, "would overwrite the input"},
		{fool("-o", at("x.png"), "--pictures", in), exitFailure, "would overwrite the input"},
		{[]string{"find", "panda", in, "-m", "sketchbook", "--montage", picture}, exitFailure, "would overwrite the input"},
		{[]string{"fool", "-", "-m", "sketchbook", "--as", "vulture", "-o", picture}, exitFailure, "would overwrite the input standard input"},
		{[]string{"gradient", "-", "-m", "sketchbook", "-o", picture}, exitFailure, "would overwrite the input standard input"},
		{fool("-o", at("curves.png"), "--pictures", out), exitFailure, "two outputs would be written to this file"},
		{fool("-o", at("curves.png"), "--pictures", at("again")), exitFailure, "two outputs would be written to this file"},
		{fool("-o", at("folder.png")), exitFailure, "it is a folder, not a regular file"},
		{fool("-o", at("x.png"), "--html", at("none/x.html")), exitFailure, "none"},
		{fool("-o", at("x.jpg")), exitUsage, "want a name that ends in .png"},
		{fool("-o", at("x.png"), "--html", at("x.png")), exitUsage, "want a name that ends in .html"},
		{fool("-o", at("x.png"), "--html", at("x")), exitUsage, "hint: for example x.html"},
		{[]string{"gradient", picture, "-m", "sketchbook", "-o", at("x.png"), "--npy", at("y.png")}, exitUsage, "want a name that ends in .npy"},
		{[]string{"gradient", picture, "-m", "sketchbook", "-o", at("x.npy")}, exitUsage, "want a name that ends in .png"},
		{[]string{"find", "panda", in, "-m", "sketchbook", "--montage", at("x.html")}, exitUsage, "want a name that ends in .png"},
		{[]string{"reproduce", "dog", "--page", at("x.png")}, exitUsage, "want a name that ends in .html"},
		{[]string{"reproduce", "paper", "--page", at("x.png")}, exitUsage, "want a name that ends in .html"},
		{[]string{"reproduce", "article", "--page", at("x.png")}, exitUsage, "want a name that ends in .html"},
		{[]string{"linear", "templates", "-m", "sketchbook", "-o", at("x.html")}, exitUsage, "want a name that ends in .png"},
		{[]string{"draw", "dog", "-o", at("x.html")}, exitUsage, "want a name that ends in .png"},
	} {
		stdin, err := os.Open(picture)
		if err != nil {
			t.Fatal(err)
		}
		old := os.Stdin
		os.Stdin = stdin
		var stdout, stderr bytes.Buffer
		code := run(c.args, stdin, &stdout, &stderr)
		os.Stdin = old
		stdin.Close()
		if s := stderr.String(); code != c.code || !strings.Contains(s, c.want) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s", c.args, code, c.code, c.want, s)
		}
	}
	if now := contents(t, in); len(now) != len(before) || now["montage.png"] != before["montage.png"] {
		t.Error("the input was overwritten")
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 2 {
		t.Errorf("something was written: %v, %v", entries, err)
	}

	// Standard input is a picture like any other.
	stdin, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"fool", "-", "-m", "sketchbook", "--as", "vulture", "--eps", "24/255", "-o", at("x.png"), "--html", at("x.HTM")}, stdin, &stdout, &stderr); code != exitOK {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}
