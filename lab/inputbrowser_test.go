package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// TestMaskInBrowser paints a mask with the mouse and by choice, and finds the rest of the file as it was.
func TestMaskInBrowser(t *testing.T) {
	l, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=en&picture=draw:giant%20panda:7:256&as=vulture&eps=16/255")
	b.wait(`document.querySelector("#sees").textContent === "giant panda"`)
	b.do(chromedp.Click("#maskbox summary"), chromedp.WaitVisible("#mask"), chromedp.MouseClickNode(node(b, "#mask")))
	b.wait(`document.querySelector("#mask").getContext("2d").getImageData(2, 2, 1, 1).data[3] > 100`)
	b.wait(`document.querySelector("#mask").getContext("2d").getImageData(128, 128, 1, 1).data[3] === 0`)
	b.do(chromedp.Click("#maskclear"))
	choose(b, "maskpart", "bottom")
	b.shoot("workbench-mask-en-light")
	b.do(chromedp.Click("#run"))
	b.wait(fooled)
	r := l.runs.find(b.runID()).snapshot()
	if r.Result.Masked != 256*128 || !strings.Contains(r.Command, "--mask mask.png") {
		t.Errorf("%d pixels could change; %s", r.Result.Masked, r.Command)
	}
	read := func(path string) []float32 {
		pic, err := preprocess.Decode(strings.NewReader(string(c.call("GET", path, nil, 200, nil))), path, preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return pic.Pixels.Data
	}
	before, after := read("/api/pictures/"+r.Picture.ID+"/file"), read(r.Result.PNG)
	for i := range before {
		if i%(256*256) < 256*128 && before[i] != after[i] {
			t.Fatalf("value %d changed from %g to %g", i, before[i], after[i])
		}
	}
	b.quiet()
}

// TestKeyboard does a whole run without a mouse.
func TestKeyboard(t *testing.T) {
	l, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=en")
	focus := func(id string) {
		for range 40 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if b.text("document.activeElement.id") == id {
				return
			}
		}
		t.Fatalf("the tabulator does not reach #%s", id)
	}
	focus("draw")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("#sees").textContent === "giant panda"`)
	focus("class")
	b.do(chromedp.KeyEvent("vul"))
	b.wait(`!document.querySelector("#classes").hidden && document.querySelectorAll("#classes li").length === 1`)
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	if s := b.text(`document.querySelector("#class").value`); s != "vulture" {
		t.Fatalf("chosen is %q", s)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(`!document.querySelector("#result").hidden`) // whatever comes of it: not every drawing gives in
	if g := l.runs.find(b.runID()).snapshot().Goal; g.Label != "vulture" || !g.Toward {
		t.Errorf("the goal was %+v", g)
	}
	b.quiet()
}

// TestDropAndPaste: files that are dropped or pasted become the picture, text is left to the
// fields, and what is no picture is said where one sees it.
func TestDropAndPaste(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=en")
	b.wait(`document.querySelector("#class").value === "vulture"`)
	b.carry("drop", "#well", "/api/drawings/giant%20panda?seed=7&size=256")
	b.wait(`document.querySelector("#sees").textContent === "giant panda"`)
	b.carry("paste", "body", "/api/drawings/tennis%20ball?seed=3&size=256")
	b.wait(`document.querySelector("#sees").textContent === "tennis ball"`)
	for _, event := range []string{"drop", "paste"} {
		if !b.carry(event, "#class", "kitten") {
			t.Errorf("the field may not have the text of a %s", event)
		}
	}
	b.quiet()
	b.do(b.width(360), chromedp.Evaluate(`scrollTo(0, document.body.scrollHeight)`, nil))
	b.carry("drop", "body", "file:no picture")
	b.wait(`document.querySelector("#error").textContent.startsWith("This picture cannot be read")`)
	if s := b.text(`(() => { const r = document.querySelector("#error").getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight && r.left >= 0 && r.right <= innerWidth; })()`); s != "true" {
		t.Error("the message is out of sight")
	}
	b.shoot("workbench-error-en-light-360")
	b.do(chromedp.Click("#dismiss"))
	b.wait(`document.querySelector("#error").textContent === ""`)
}

// TestTwoCranes chooses one of two classes that have the same label.
func TestTwoCranes(t *testing.T) {
	if _, err := store.Open("googlenet", store.Options{}); err != nil {
		t.Skip("set HOODWINK_MODELS to a folder with GoogLeNet")
	}
	l, c := serveLab(t, Options{Model: "googlenet"})
	b := browse(t, c)
	b.open("/?lang=en&picture=draw:dog:1:96&eps=1/255&steps=1")
	b.wait(`document.querySelector("#sees").textContent !== ""`)
	b.do(chromedp.SendKeys("#class", "crane")) // what is in it is selected
	b.wait(`[...document.querySelectorAll("#classes b")].slice(0, 2).map((e) => e.textContent).join() === "crane,crane"`)
	second := b.text(`document.querySelectorAll("#classes small")[1].textContent.trim().split(" ").pop()`)
	b.do(chromedp.Click("#classes li:nth-child(2)"))
	if s := b.text(`document.querySelector("#class").value`); s != "crane" {
		t.Errorf("the field says %q", s)
	}
	b.do(chromedp.Click("#run"))
	b.wait(`!document.querySelector("#result").hidden`)
	r := l.runs.find(b.runID()).snapshot()
	if got := fmt.Sprint(r.Goal.Class); got != second || r.Goal.Label != "crane" {
		t.Errorf("chosen was class %s, the run is about %+v", second, r.Goal)
	}
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("#class").value === "crane"`)
	b.quiet()
}

// TestMaskFromAddress: the address of a run brings its mask along.
func TestMaskFromAddress(t *testing.T) {
	l, c := serveLab(t, Options{})
	half := tensor.New(1, 3, 64, 64)
	for i := range half.Data {
		if i%64 < 32 {
			half.Data[i] = 1
		}
	}
	m, err := l.drawn(t.Context(), half, "mask.png", "")
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, c)
	b.open("/?lang=en&picture=draw:giant%20panda:7:64&as=vulture&steps=3&mask=" + m.ID)
	b.wait(`document.querySelector("#mask").getContext("2d").getImageData(60, 30, 1, 1).data[3] > 100`)
	b.wait(`document.querySelector("#mask").getContext("2d").getImageData(4, 30, 1, 1).data[3] === 0`)
	b.do(chromedp.Click("#run"))
	b.wait(`!document.querySelector("#result").hidden`)
	if r := l.runs.find(b.runID()).snapshot(); r.Request.Mask != m.ID || r.Result.Masked != 32*64 {
		t.Errorf("the run has the mask %q, of %d pixels", r.Request.Mask, r.Result.Masked)
	}
	b.quiet()
}
