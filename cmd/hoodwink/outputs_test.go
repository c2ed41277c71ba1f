package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

// colourModel writes a network whose logits are products of a picture's mean colour with
// weights, then a layer, as a folder with a contract, and returns that.
func colourModel(t *testing.T, weights [][3]float32, labels string, last nn.Layer) string {
	t.Helper()
	dir := t.TempDir()
	testnet.Put(t, dir, map[string]string{"my.onnx": string(testnet.ONNX(testnet.Colours(weights, last))), "labels.txt": labels,
		"hoodwink.yaml": "name: colours\nweights: my.onnx\nlabels: labels.txt\npreprocess: {preset: raw}\n"})
	return dir
}

// colourPicture writes a picture of one colour into a folder.
func colourPicture(t *testing.T, dir, name string, red, green, blue float32) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := preprocess.WritePNG(path, testnet.Colour(red, green, blue), nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// ran runs the program and compares its exit code with the one wanted.
func ran(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if code := run(args, nil, &out, &err); code != want {
		t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, out.String(), err.String())
	}
	return out.String(), err.String()
}

// TestSigmoids: ONNX Runtime 1.32 gives 0.98201376, 0.95257413 and 0.01798624 for the logits
// 4, 3 and -4, and 0.99966455 for 8.
func TestSigmoids(t *testing.T) {
	dir := t.TempDir()
	red := colourPicture(t, dir, "red.png", 1, 0, 0)
	labels := colourModel(t, [][3]float32{{4, 0, 0}, {3, 0, 0}, {-4, 4, 0}}, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	one := colourModel(t, [][3]float32{{8, -8, 0}}, "dog\n", &nn.Sigmoid{})

	out, _ := ran(t, 0, "predict", red, "-m", labels)
	want := "   98.20 %  on   red    0  \n   95.26 %  on   warm   1  \n    1.80 %  off  green  2  \n"
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	var p prediction
	for _, c := range []struct {
		model string
		multi bool
		want  map[string]float64
	}{{labels, true, map[string]float64{"red": 0.98201376, "warm": 0.95257413, "green": 0.01798624}}, {one, false, map[string]float64{"dog": 0.99966455, "not dog": 1 - 0.99966455}}} {
		out, _ = ran(t, 0, "predict", red, "-m", c.model, "--json")
		p = prediction{}
		if err := json.Unmarshal([]byte(out), &p); err != nil || p.MultiLabel != c.multi || len(p.Predictions) != len(c.want) {
			t.Errorf("%v: %s", err, out)
		}
		for _, q := range p.Predictions {
			if !(math.Abs(q.Prob-c.want[q.Label]) < 1e-6) {
				t.Errorf("%s has %v, want %v", q.Label, q.Prob, c.want[q.Label])
			}
		}
	}

	o := filepath.Join(dir, "o.png")
	if out, _ = ran(t, 0, "fool", red, "-m", labels, "--as", "green", "--eps", "0.6", "-o", o); !strings.HasPrefix(out, "fooled: green off → on (1.80 % → ") {
		t.Error(out)
	}
	if out, _ = ran(t, exitNotFooled, "fool", red, "-m", labels, "--not", "red", "--eps", "0.6", "-o", o); !strings.HasPrefix(out, "not fooled: red still on (98.20 % → ") {
		t.Error(out)
	}
	if out, _ = ran(t, 0, "fool", red, "-m", one, "--as", "not dog", "--eps", "0.7", "-o", o); !strings.HasPrefix(out, "fooled: dog → not dog\n") {
		t.Error(out)
	}
	for m, text := range map[string]string{labels: "the results are sigmoids, each the probability of a label by itself", one: "the result is a sigmoid, the probability of the second of two classes"} {
		if out, _ = ran(t, 0, "models", "check", m); !strings.Contains(out, "ok       outputs   "+text) {
			t.Error(out)
		}
		if out, _ = ran(t, 0, "models", "inspect", m); !strings.Contains(out, "outputs    sigmoid") {
			t.Error(out)
		}
	}
	if out, _ = ran(t, 0, "gradient", red, "-m", labels, "--class", "warm", "-o", filepath.Join(dir, "g.png")); !strings.HasPrefix(out, "gradient of prob of warm (95.26 %)") {
		t.Error(out)
	}
	if _, stderr := ran(t, exitUsage, "models", "add", "x", labels, "--outputs", "sigmoids"); !strings.Contains(stderr, `"sigmoid" or "sigmoid-logits"`) {
		t.Error(stderr)
	}
}

// TestNotFinite: NaN is an error in every command, the other pictures get their results, and
// the exit code tells.
func TestNotFinite(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir, work := t.TempDir(), t.TempDir()
	bad := colourPicture(t, dir, "bad.png", 0, 1, 0.2)
	good := colourPicture(t, dir, "good.png", 1, 0, 0.2)
	m := colourModel(t, [][3]float32{{1, -1, 0}, {0, 0, 1}}, "red\nblue\n", &nn.Unary{Op: nn.Sqrt})
	o := filepath.Join(work, "o.png")
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"predict", bad}, exitFailure},
		{[]string{"predict", bad, good}, exitFailure},
		{[]string{"fool", bad, "--as", "blue", "-o", o}, exitFailure},
		{[]string{"fool", good, "--not", "red", "--attack", "fgsm", "--eps", "0.9", "-o", o}, exitFailure},
		{[]string{"gradient", bad, "-o", o}, exitFailure},
		{[]string{"find", "red", dir}, exitFailure},
		{[]string{"linear", "fool", bad}, exitFailure},
	} {
		out, stderr := ran(t, c.code, append(c.args, "-m", m)...)
		if !strings.Contains(stderr, `model "colours"`) || !strings.Contains(stderr, "NaN") || !strings.Contains(stderr, "hint: the values may be too large") {
			t.Errorf("%v: %s", c.args, stderr)
		}
		if c.args[0] != "linear" && c.args[0] != "find" && c.args[1] != good && !strings.Contains(stderr, bad) {
			t.Errorf("%v does not name the picture: %s", c.args, stderr)
		}
		if strings.Contains(out, "NaN") || (len(c.args) == 3 && c.args[0] == "predict") != strings.Contains(out, "blue") {
			t.Errorf("%v: %s", c.args, out)
		}
		if _, err := os.Stat(o); err == nil {
			t.Errorf("%v: a picture was written", c.args)
		}
	}
	out, _ := ran(t, exitFailure, "predict", bad, good, "-m", m, "--json")
	var first, second prediction
	lines := strings.Split(out, "\n")
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || !strings.Contains(first.Error, "NaN") || first.Hint == "" || first.Predictions != nil {
		t.Errorf("%v: %s", err, lines[0])
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil || second.Error != "" || len(second.Predictions) != 2 {
		t.Errorf("%v: %s", err, lines[1])
	}
	if out, _ = ran(t, exitMismatch, "models", "check", m); !strings.Contains(out, fmt.Sprintf("%-8s %-9s", "error", "outputs")) {
		t.Error(out)
	}
}
