package lab

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hoodwink/internal/testnet"
	"hoodwink/nn"
)

// TestSigmoidsInBrowser sees labels that are on and off, switches one, and has a network of
// one output tell two classes apart.
func TestSigmoidsInBrowser(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	var u Upload
	c.call("POST", "/api/models?preset=raw&name=labels", testnet.ONNX(testnet.Colours([][3]float32{{4, 0, 0}, {3, 0, 0}, {-4, 4, 0}}, &nn.Sigmoid{})), http.StatusCreated, &u)
	c.call("POST", "/api/models?preset=raw&name=single", testnet.ONNX(testnet.Colours([][3]float32{{8, -8, 0}}, &nn.Sigmoid{})), http.StatusCreated, &u)
	picture := filepath.Join(t.TempDir(), "red.png")
	if err := os.WriteFile(picture, redPicture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	sees := func() string { return b.text(`document.querySelector("#sees").textContent`) }
	b.open("/?lang=en&model=labels")
	b.do(chromedp.SetUploadFiles("#file", []string{picture}, chromedp.NodeVisible))
	b.wait(`document.querySelector("#sees").textContent.includes("class")`)
	if s := sees(); s != "class 0, class 1" {
		t.Errorf("labels that are on: %q", s)
	}
	if s := b.text(`document.querySelector("#ranking tbody").innerText`); !strings.Contains(s, "98.2") || !strings.Contains(s, "95.3") || !strings.Contains(s, "1.8") || strings.Count(s, "on") != 2 || strings.Count(s, "off") != 1 {
		t.Errorf("the ranking is %q", s)
	}
	b.shoot("labels-predicted-en")
	b.do(chromedp.SetValue("#class", "class 2"), chromedp.SetValue("#eps", "0.6"), chromedp.Click("#run"))
	b.wait(fooled)
	if s := b.text(`document.querySelector("#verdict").textContent`); !strings.HasPrefix(s, "Fooled. Read back from the PNG that was written: class 2: off → on (") {
		t.Errorf("the verdict is %q", s)
	}
	b.shoot("labels-fooled-en")
	b.do(chromedp.SetValue("#language", "zh"), chromedp.Evaluate(`document.querySelector("#language").dispatchEvent(new Event("change"))`, nil))
	b.wait(`document.querySelector("#verdict").textContent.includes("骗过了")`)
	if s := b.text(`document.querySelector("#verdict").textContent`); !strings.Contains(s, "无 → 有") {
		t.Errorf("the verdict is %q", s)
	}
	b.shoot("labels-fooled-zh")
	b.open("/?lang=en&model=single")
	b.do(chromedp.SetUploadFiles("#file", []string{picture}, chromedp.NodeVisible))
	b.wait(`document.querySelector("#sees").textContent === "class 1"`)
	b.do(chromedp.SetValue("#class", "class 0"), chromedp.SetValue("#eps", "0.7"), chromedp.Click("#run"))
	b.wait(fooled)
	if s := sees(); s != "class 0" {
		t.Errorf("it sees %q", s)
	}
	b.shoot("single-fooled-en")
	b.open("/models?lang=en")
	b.wait(`document.querySelector("#models").textContent.includes("each label is on or off by itself")`)
	b.shoot("models-en")
	b.quiet()
}
