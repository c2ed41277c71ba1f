package lab

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

// TestNoGradientOnThePage: the page says, in both languages, that an attack had no gradient, and not that the network
// resisted; and that another loss was turned to.
func TestNoGradientOnThePage(t *testing.T) {
	_, c := serveLab(t, Options{})
	var grey bytes.Buffer
	if err := preprocess.EncodePNG(&grey, testnet.Grey(128./255), nil); err != nil {
		t.Fatal(err)
	}
	var p Picture
	c.call("POST", "/api/pictures?name=grey.png", grey.Bytes(), http.StatusCreated, &p)
	for name, slope := range map[string]float32{"steep": 1e5, "flat": 0} {
		c.call("POST", "/api/models?name="+name+"&preset=raw", testnet.ONNX(testnet.Brightness(slope, 0.49)), http.StatusCreated, nil)
	}
	run := func(model string, q map[string]any) string {
		q["picture"], q["model"], q["keep"] = p.ID, model, true
		r := c.watch(c.start(q).ID, 0, nil).result
		if r.Result == nil {
			t.Fatalf("%+v", r.Problem)
		}
		return r.ID
	}
	b := browse(t, c)
	for _, q := range []struct{ name, id, en, zh, noteEN, noteZH string }{
		{"nogradient", run("steep", map[string]any{"not": []int{1}, "loss": "logprob"}), "No gradient, and so not fooled.", "没有梯度，所以没骗过。", "Try the loss “margin”", "可以试试损失“margin”"},
		{"flat", run("flat", map[string]any{"as": 1}), "No gradient, and so not fooled.", "没有梯度，所以没骗过。", "do not change with the pixels", "得分不随像素变化"},
		{"turned", run("steep", map[string]any{"not": []int{1}}), "Fooled.", "骗过了。", "went on with the loss “margin”", "攻击改用损失“margin”"},
	} {
		for lang, want := range map[string][2]string{"en": {q.en, q.noteEN}, "zh": {q.zh, q.noteZH}} {
			b.open("/?run=" + q.id + "&lang=" + lang)
			b.wait(`document.querySelector("#gradient-note") !== null`)
			for i, at := range []string{"#verdict", "#gradient-note"} {
				if said := b.text(`document.querySelector("` + at + `").textContent`); !strings.Contains(said, want[i]) {
					t.Errorf("%s in %s: %s is %q, want %q", q.name, lang, at, said, want[i])
				}
			}
			b.shoot(q.name + "-" + lang)
		}
	}
	b.quiet()
}
