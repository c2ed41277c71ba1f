package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/internal/wording"
)

// nasty has a character of each kind that must not be shown: of control (C0, C1), of direction,
// invisible ones, ends of lines and of paragraphs, tags, choices of form, and half of a character.
const nasty = "n\x1b]0;t\x07\x1b[31m\u0085\u009b2J\u202e\u2066\u200b\u200d\u2028\u2029\U000e0041\ufe0f\U000e0100\u00ad\ufeffz\nhoodwink: error: forged\r"

// unshown returns the first character of a text that must not be shown, in quotes, or "".
func unshown(text string) string {
	for _, r := range text {
		if r != '\n' && !wording.Shown(r) {
			return strconv.QuoteRuneToASCII(r)
		}
	}
	return ""
}

// TestNothingNastyIsShown: from no file, by no name of anything, do characters that a terminal acts
// on, or that mislead a reader, get into what commands print and into the pages that they write.
func TestNothingNastyIsShown(t *testing.T) {
	apart(t)
	file := strings.ReplaceAll(nasty, "/", "")
	root := t.TempDir()
	pictures := filepath.Join(root, file)
	if err := os.Mkdir(pictures, 0o755); err != nil {
		t.Skip(err)
	}
	picture, bad := filepath.Join(pictures, file+".png"), filepath.Join(pictures, "bad"+file+".png")
	drawTo(t, picture)
	testnet.Put(t, pictures, map[string]string{filepath.Base(bad): "\x1b[31mno picture"})

	// Networks whose labels, names, types and contract are nasty, in folders that are.
	quoted := strconv.QuoteToASCII(nasty)
	labels, err := json.Marshal([]string{nasty, "a" + nasty, nasty + "b", "c", "d"})
	if err != nil {
		t.Fatal(err)
	}
	octal := func(s string) string { // as a prototxt has it
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteString(`\` + strconv.FormatInt(512+int64(c), 8)[1:])
		}
		return b.String()
	}
	weights := string(testnet.TinyWeights(t, 1))
	named := strings.NewReplacer(`"tiny"`, `"`+octal(nasty)+`"`, `"relu"`, `"`+octal(nasty)+`"`, `"data"`, `"`+octal("in"+nasty)+`"`).Replace(testnet.TinyPrototxt)
	models := filepath.Join(root, "models")
	net := func(name string, files map[string]string) string {
		dir := filepath.Join(models, name)
		if files["tiny.caffemodel"] == "" {
			files["tiny.caffemodel"] = weights
		}
		testnet.Put(t, dir, files)
		return dir
	}
	jsonNet := net("json"+file, map[string]string{"deploy.prototxt": named, "labels.json": string(labels)})
	lines := net("lines", map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "labels.txt": strings.Repeat(strings.ReplaceAll(strings.ReplaceAll(nasty, "\n", ""), "\r", "")+"\n", 5)})
	table := net("table", map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "labels.csv": "index,name\n" + strings.Repeat("0,\"x\x1b[2J\u202e\"\n", 1) + "1,b\n2,c\n3,d\n4,e\n"})
	wrong := net("wrong", map[string]string{"deploy.prototxt": strings.Replace(testnet.TinyPrototxt, `"ReLU"`, `"`+octal(nasty)+`"`, 1)})
	syntax := net("syntax", map[string]string{"deploy.prototxt": "name: " + nasty})
	few := net("few", map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "labels.txt": "a" + nasty})
	contracts := []string{}
	for i, text := range []string{nasty, "name: " + quoted, "labels: " + quoted, "weights: " + quoted, "\"" + "\\x1b\\u202e" + "\": 1", "outputs: " + quoted, "preprocess: {preset: " + quoted + "}", "output: " + quoted} {
		contracts = append(contracts, net("contract"+strconv.Itoa(i), map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "hoodwink.yaml": text}))
	}
	out := t.TempDir()
	must := func(args ...string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(args, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("%q: exit code %d\n%s", args, code, stderr.String())
		}
	}
	must("models", "export", jsonNet, "-o", filepath.Join(out, "onnx", "m.onnx"))
	onnx, err := os.ReadFile(filepath.Join(out, "onnx", "m.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	hurt := filepath.Join(out, "hurt.onnx")
	testnet.Put(t, out, map[string]string{"hurt.onnx": strings.Replace(string(onnx), "Relu", "\x1b[0m", 1)})

	var commands [][]string
	for _, m := range append(contracts, jsonNet, lines, table, wrong, syntax, few, filepath.Join(out, "onnx"), hurt) {
		commands = append(commands,
			[]string{"predict", "-m", m, picture, bad}, []string{"predict", "-m", m, bad}, []string{"predict", "-m", m, pictures},
			[]string{"find", "-m", m, "0", pictures, "--montage", filepath.Join(out, "found.png")},
			[]string{"gradient", "-m", m, picture, "-o", filepath.Join(out, "g.png")},
			[]string{"gradient", "-m", m, picture, "-o", filepath.Join(out, file+".png")},
			[]string{"fool", "-m", m, picture, "--as", "3", "--steps", "2", "-o", filepath.Join(out, file+".png"), "--html", filepath.Join(out, "page.html"), "--pictures", out},
			[]string{"models", "inspect", m}, []string{"models", "verify", m}, []string{"models", "check", m}, []string{"models", "path", m},
			[]string{"bench", "-m", m, "--layers", "--runs", "1"},
			[]string{"linear", "templates", "-m", m, "-o", filepath.Join(out, "t.png")})
	}
	commands = append(commands, []string{"models", "list"}, []string{"predict", "-m", nasty, picture}, []string{"predict", "-m", jsonNet, nasty}, []string{nasty},
		[]string{"predict", "--" + nasty}, []string{"find", "-m", jsonNet, nasty, pictures}, []string{"fool", picture, "-m", jsonNet, "--as", nasty},
		[]string{"models", "add", "net", "--weights", nasty}, []string{"train", "--data", nasty, "--out", out + "/x"}, []string{"draw", "dog", "--size", "16", "-o", filepath.Join(out, file+"2.png")})
	seen := 0
	for _, args := range commands {
		for _, how := range [][]string{{}, {"--json"}} {
			args := append(append([]string{"--models", models}, args...), how...)
			var stdout, stderr bytes.Buffer
			run(args, nil, &stdout, &stderr)
			for name, text := range map[string]string{"standard output": stdout.String(), "standard error": stderr.String()} {
				if c := unshown(text); c != "" {
					t.Errorf("%q: %s has %s:\n%q", args, name, c, text)
				}
				if len(how) == 0 && strings.Contains(text, "\nhoodwink: error: forged") {
					t.Errorf("%q: %s has a line of the attacker's:\n%s", args, name, text)
				}
				seen += len(text)
			}
			if len(how) > 0 && args[2] == "gradient" && stdout.Len() > 0 && !strings.Contains(stdout.String(), `\u202e`) {
				t.Errorf("%q: the name of the file is not whole:\n%s", args, stdout.String())
			}
		}
	}
	if seen < 50_000 {
		t.Errorf("only %d bytes were printed", seen)
	}
	pages := 0
	for name, text := range pagesIn(t, out) {
		pages++
		if c := unshown(strings.ReplaceAll(text, "\t", " ")); c != "" {
			t.Errorf("%s has %s", name, c)
		}
	}
	if pages < 3 {
		t.Errorf("only %d pages and figures were written", pages)
	}
}

// pagesIn reads the pages and figures of a folder.
func pagesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.html", "*.svg"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = string(b)
		}
	}
	return all
}
