package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

// TestNoGradient: an attack without a gradient never reads as a network that resists, in text, JSON or the page.
func TestNoGradient(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, slope float32) string {
		home := filepath.Join(dir, name)
		if err := os.Mkdir(home, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, data := range map[string][]byte{"model.onnx": testnet.ONNX(testnet.Brightness(slope, 0.49)),
			"hoodwink.yaml": []byte("name: " + name + "\nweights: model.onnx\noutputs: logits\npreprocess:\n  preset: raw\n")} {
			if err := os.WriteFile(filepath.Join(home, file), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return home
	}
	steep, flat := write("steep", 1e5), write("flat", 0)
	grey := filepath.Join(dir, "grey.png")
	if err := preprocess.WritePNG(grey, testnet.Grey(128./255), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		model string
		args  []string
		code  int
		want  string // the verdict
		note  string
		json  map[string]any
	}{
		{steep, []string{"--not", "1"}, exitOK, "fooled", "went on with the loss margin", map[string]any{"loss": "margin", "loss_turned": true, "zero_gradients": nil}},
		{steep, []string{"--not", "1", "--norm", "l2"}, exitOK, "fooled", "went on with the loss margin", map[string]any{"loss": "margin"}},
		{steep, []string{"--not", "1", "--attack", "fgsm", "--at", "model"}, exitOK, "fooled", "went on with the loss margin", nil},
		{steep, []string{"--not", "1", "--attack", "pgd", "--restarts", "2", "--eps", "2/255"}, exitNotFooled, "not fooled", "went on with the loss margin", nil},
		{steep, []string{"--as", "0"}, exitOK, "fooled", "", map[string]any{"loss": "logprob", "loss_turned": nil}},
		{steep, []string{"--not", "1", "--loss", "logprob"}, exitNotFooled, "no gradient", "loss logprob was zero at every pixel after 0 steps: where", map[string]any{"zero_gradients": 1.}},
		{steep, []string{"--not", "1", "--attack", "pgd", "--restarts", "3", "--loss", "prob"}, exitNotFooled, "no gradient", "from 3 starting points", map[string]any{"zero_gradients": 3.}},
		{steep, []string{"--as", "0", "--loss", "prob"}, exitNotFooled, "no gradient", "loss prob was zero", nil},
		{flat, []string{"--not", "0"}, exitNotFooled, "no gradient", "loss margin was zero at every pixel after 0 steps: the scores do not change", map[string]any{"loss_turned": true}},
		{flat, []string{"--as", "1", "--attack", "pgd"}, exitNotFooled, "no gradient", "does not show", nil},
		{flat, []string{"--as", "1", "--loss", "logit"}, exitNotFooled, "no gradient", "loss logit was zero", nil},
	} {
		page := filepath.Join(dir, "page.html")
		args := append([]string{"fool", grey, "-m", c.model, "-q", "-o", filepath.Join(dir, "out.png")}, c.args...)
		var text, stderr, data bytes.Buffer
		if code := run(append(args, "--html", page), strings.NewReader(""), &text, &stderr); code != c.code {
			t.Errorf("%v: exit code %d, want %d\n%s%s", c.args, code, c.code, &text, &stderr)
		}
		if !strings.HasPrefix(text.String(), c.want+":") || !strings.Contains(text.String(), c.note) || c.note == "" && strings.Contains(text.String(), "gradient") {
			t.Errorf("%v: want %q with %q in\n%s", c.args, c.want, c.note, &text)
		}
		html, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(html, []byte("No gradient, and so not fooled")) != (c.want == "no gradient") || !bytes.Contains(html, []byte(c.note)) {
			t.Errorf("%v: the page does not say %q", c.args, c.note)
		}
		run(append(args, "--json"), strings.NewReader(""), &data, &stderr)
		var got map[string]any
		if err := json.Unmarshal(data.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got["verdict"] != c.want {
			t.Errorf("%v: the verdict in JSON is %v, want %q", c.args, got["verdict"], c.want)
		}
		for key, want := range c.json {
			if got[key] != want {
				t.Errorf("%v: %s is %v in JSON, want %v", c.args, key, got[key], want)
			}
		}
	}
}

// TestZeroGradientIsSaid by the command gradient too, in text and JSON.
func TestZeroGradientIsSaid(t *testing.T) {
	dir := t.TempDir()
	grey := filepath.Join(dir, "grey.png")
	if err := preprocess.WritePNG(grey, testnet.Grey(128./255), nil); err != nil {
		t.Fatal(err)
	}
	testnet.Put(t, dir, map[string]string{"model.onnx": string(testnet.ONNX(testnet.Brightness(1e5, 0.49))),
		"hoodwink.yaml": "name: steep\nweights: model.onnx\noutputs: logits\npreprocess:\n  preset: raw\n"})
	for of, want := range map[string]string{"prob": "this loss may have none, and the loss margin may", "margin": ""} {
		args := []string{"gradient", grey, "-m", dir, "-q", "-o", filepath.Join(dir, "out.png"), "--of", of}
		var text, data, stderr bytes.Buffer
		if code := run(args, strings.NewReader(""), &text, &stderr); code != exitOK {
			t.Fatalf("exit code %d\n%s", code, &stderr)
		}
		if got := strings.Contains(text.String(), "zero everywhere"); got != (want != "") || !strings.Contains(text.String(), want) {
			t.Errorf("%s: %s", of, &text)
		}
		run(append(args, "--json"), strings.NewReader(""), &data, &stderr)
		var got struct {
			Zero string `json:"zero_gradient"`
		}
		if err := json.Unmarshal(data.Bytes(), &got); err != nil || (got.Zero != "") != (want != "") || !strings.Contains(got.Zero, want) {
			t.Errorf("%s: %v, %q", of, err, got.Zero)
		}
	}
}
