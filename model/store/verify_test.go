package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/caffe"
	"hoodwink/internal/fetch"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/tensor"
)

// fileOf is the registry's entry for a file of the given content.
func fileOf(name, content string) fetch.File {
	sum := sha256.Sum256([]byte(content))
	return fetch.File{Name: name, URL: "http://127.0.0.1:1/" + name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

func TestVerdicts(t *testing.T) {
	isolated(t)
	weights, other := string(testnet.TinyWeights(t, 1)), string(testnet.TinyWeights(t, 2))
	m, err := Open(testnet.TinyFolder(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	top, err := m.Black()
	if err != nil {
		t.Fatal(err)
	}
	var black []model.Answer
	for _, p := range top[:3] {
		black = append(black, model.Answer{Class: p.Index, Prob: p.Prob})
	}
	r := row{name: "tiny", folder: "tiny", definition: fileOf("d.prototxt", testnet.TinyPrototxt), weights: fileOf("w.caffemodel", weights),
		labels: fileOf("labels.txt", testnet.TinyLabels), spec: preset("caffe-mean", 8, 6), answer: black}
	silent := r
	silent.answer = nil
	wrong := r
	wrong.answer = []model.Answer{{Class: black[0].Class, Prob: black[0].Prob + 2e-4}}
	beyond := r
	beyond.answer = []model.Answer{{Class: 99, Prob: 0.5}}
	for _, c := range []struct {
		name                string
		row                 row
		definition, weights string
		verdict             Verdict
		summary             string
	}{
		{"all as it should be", r, testnet.TinyPrototxt, weights, Official, "the official model"},
		{"no answer known", silent, testnet.TinyPrototxt, weights, Official, "no answer is known"},
		{"a comment", r, testnet.TinyPrototxt + "# hello\n", weights, Equivalent, "d.prototxt differs from the official file, but the network computes the same"},
		{"a comment, no answer known", silent, testnet.TinyPrototxt + "# hello\n", weights, Different, "d.prototxt differs"},
		{"other weights", r, testnet.TinyPrototxt, other, Different, "does not give the known answer"},
		{"right files, wrong answer", wrong, testnet.TinyPrototxt, weights, Different, "does not give the known answer"},
		{"answer of a network with more classes", beyond, testnet.TinyPrototxt, weights, Different, "does not give the known answer"},
		{"truncated", r, testnet.TinyPrototxt, weights[:len(weights)-9], Different, "w.caffemodel"},
	} {
		useRegistry(t, c.row)
		dir := t.TempDir()
		testnet.Put(t, dir, map[string]string{"tiny/d.prototxt": c.definition, "tiny/w.caffemodel": c.weights, "tiny/labels.txt": testnet.TinyLabels})
		v, err := Verify("tiny", Options{Dir: dir})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v.Verdict != c.verdict || v.OK != (c.verdict != Different) || !strings.Contains(v.Summary, c.summary) || len(v.Files) != 3 {
			t.Errorf("%s: %s: %s; want %s: ... %s", c.name, v.Verdict, v.Summary, c.verdict, c.summary)
		}
		if _, err := json.Marshal(v); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if v, err := Verify(testnet.TinyFolder(t), Options{}); err != nil || v.Verdict != Unchecked || !v.OK || len(v.Top) != topKept {
		t.Errorf("a folder without a contract: %+v, %v", v, err)
	}
	if _, err := Verify("tiny", Options{Dir: t.TempDir()}); err == nil {
		t.Error("a model that is not here: no error")
	}
}

// The files in the folder of real models lack GoogLeNet's training heads and are not
// the official ones, byte by byte: they must open, and verify must say just that.
func TestVerifyRealModels(t *testing.T) {
	real := os.Getenv(Environment)
	if real == "" {
		t.Skip(Environment + " is not set: it names a folder with bvlc_googlenet and squeezenet_v1.1")
	}
	for _, name := range []string{"googlenet", "squeezenet"} {
		v, err := Verify(name, Options{Dir: real})
		if err != nil {
			t.Fatal(err)
		}
		if v.Verdict != Equivalent || !v.OK || !strings.Contains(v.Summary, ".caffemodel differs from the official file,") || len(v.Want) != topKept || !(v.MaxDiff <= 2e-5) {
			t.Errorf("%s: %s (%s), largest difference %g", name, v.Verdict, v.Summary, v.MaxDiff)
		}
		for _, f := range v.Files {
			if weights := filepath.Ext(f.Path) == ".caffemodel"; f.Same == weights {
				t.Errorf("%s: same is %v; definition and labels are the official files, the weights are not", f.Path, f.Same)
			}
		}
		if _, err := json.Marshal(v); err != nil {
			t.Error(err)
		}
	}
}

// A network whose answers overflow is distinguished from a good one, by Add and by Verify.
func TestOverflowingNetwork(t *testing.T) {
	isolated(t)
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "w.caffemodel"))
	if err != nil {
		t.Fatal(err)
	}
	huge := func(shape ...int) *tensor.Tensor {
		x := tensor.New(shape...)
		for i := range x.Data {
			x.Data[i] = 3e38
		}
		return x
	}
	err = caffe.WriteWeights(f, "huge", []caffe.NamedBlobs{
		{Name: "conv", Type: "Convolution", Blobs: []*tensor.Tensor{huge(4, 3, 3, 3), huge(4)}},
		{Name: "fc", Type: "InnerProduct", Blobs: []*tensor.Tensor{huge(5, 96), huge(5)}},
	})
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	testnet.Put(t, dir, map[string]string{"deploy.prototxt": testnet.TinyPrototxt,
		model.ContractName: "name: huge\ndefinition: deploy.prototxt\nweights: w.caffemodel\npreprocess: {preset: raw}\nblack: [{class: 1, prob: 0.5}]\n"})
	if v, err := Verify(dir, Options{}); err != nil || v.Verdict != Different || v.MaxDiff != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	models := t.TempDir()
	if _, err := Add(Addition{Name: "huge", Folder: dir, Spec: preset("raw", 8, 6)}, Options{Dir: models}); err == nil || !strings.Contains(err.Error(), "black picture") {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(models); len(entries) != 0 {
		t.Errorf("%d entries were made", len(entries))
	}
}
