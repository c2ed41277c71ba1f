package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"hoodwink/internal/testnet"
	"hoodwink/nn"
)

// TestOwnNetworkInBrowser sends a network with the form, uses it, and deletes it again.
func TestOwnNetworkInBrowser(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	network := testnet.ONNX(testnet.Colours([][3]float32{{4, 0, 0}, {3, 0, 0}, {-4, 4, 0}}, &nn.Sigmoid{}))
	dir := t.TempDir()
	b.open("/models?lang=en")
	b.wait(`document.querySelectorAll("#models article").length > 1`)
	const long = "a-network-whose-file-has-a-long-name-which-says-nothing-of-use"
	for _, file := range []struct{ name, suggested string }{
		{"Colours (2).ONNX", "colours-2"},
		{"_net.v1.onnx", "net.v1"},
		{"颜色.onnx", ""},
		{long + "-and-goes-on.onnx", long + "-a"},
	} {
		path := filepath.Join(dir, file.name)
		if err := os.WriteFile(path, network, 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Evaluate(`document.querySelector("#name").value = ""`, nil), chromedp.SetUploadFiles("#onnx", []string{path}))
		b.wait(`document.querySelector("#onnxname").textContent === "` + file.name + `"`)
		if s := b.text(`document.querySelector("#name").value`); s != file.suggested {
			t.Errorf("for %s the page suggests the name %q", file.name, s)
		}
	}
	if s := b.text(`document.querySelector("#upload").checkValidity()`); s != "true" {
		t.Error("the page does not take the name that it suggests")
	}
	choose(b, "preset", "raw")
	b.do(chromedp.Click("#upload .primary"))
	b.wait(`document.querySelector("#findings ul") !== null`)
	row := `[...document.querySelectorAll("#models article")].find((e) => e.textContent.includes("` + long + `"))`
	b.wait(row + `?.textContent.includes("3 classes") === true`)
	for _, width := range []int64{1280, 360} {
		b.do(b.width(width))
		gap := b.text(`Math.round(` + row + `.querySelector("button").getBoundingClientRect().top - ` + row + `.querySelector(".note").getBoundingClientRect().bottom)`)
		if n, err := strconv.Atoi(gap); err != nil || n < 8 {
			t.Errorf("%d pixels wide, the button is %s pixels below the text above it", width, gap)
		}
		if s := b.text(`document.documentElement.scrollWidth <= innerWidth`); s != "true" {
			t.Errorf("%d pixels wide, the page is wider", width)
		}
		check(b, "the list of models")
		b.shoot(fmt.Sprintf("models-own-en-light-%d", width))
	}
	b.open("/?lang=en&model=" + long + "-a")
	b.wait(`document.querySelector("#model-about").textContent === "sent to this lab"`)
	b.open("/models?lang=en")
	b.wait(row + ` !== undefined`)
	b.do(chromedp.Evaluate(`window.confirm = () => true; `+row+`.querySelector("button").focus(); `+row+`.querySelector("button").click();`, nil))
	b.wait(row + ` === undefined`)
	b.wait(`document.activeElement.id === "main"`)
	choose(b, "language", "zh")
	b.wait(`document.querySelector("#findings").textContent === "已删除 ` + long + `-a。"`)
	b.quiet()
}
