package lab

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A tab is a browser's, in a real Chromium.
type tab struct {
	t      *testing.T
	ctx    context.Context
	url    string
	mu     sync.Mutex
	errors []string // of the console
}

// browse opens a tab on a lab.
func browse(t *testing.T, c *client) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("pages in a browser take long")
	}
	var program string
	for _, name := range []string{"chromium", "chromium-headless-shell", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("there is no Chromium to try the pages in")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(1280, 1000), chromedp.Flag("lang", "en"),
		chromedp.Flag("force-prefers-reduced-motion", true)) // a click must not meet a page that moves
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return newTab(t, ctx, c.url)
}

func newTab(t *testing.T, ctx context.Context, url string) *tab {
	b := &tab{t: t, ctx: ctx, url: url}
	chromedp.ListenTarget(ctx, func(e any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			b.errors = append(b.errors, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError {
				b.errors = append(b.errors, e.Entry.Text+" "+e.Entry.URL)
			}
		}
	})
	return b
}

// another opens a second tab of the same browser.
func (b *tab) another() *tab {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return newTab(b.t, ctx, b.url)
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url+path), chromedp.WaitVisible("nav a"))
}

// wait waits until an expression is true in the page.
func (b *tab) wait(expression string) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Poll(expression, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(40*time.Second))); err != nil {
		var state string
		chromedp.Run(b.ctx, chromedp.Evaluate(`document.querySelector("main").innerText.slice(0, 1500)`, &state))
		b.t.Fatalf("waiting for %s: %v; the page says:\n%s", expression, err, state)
	}
}

func (b *tab) text(expression string) (s string) {
	b.t.Helper()
	b.do(chromedp.Evaluate("String("+expression+")", &s))
	return s
}

// quiet fails if the console has had errors.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.Sort(b.errors)
	for _, e := range slices.Compact(b.errors) {
		b.t.Errorf("console: %s", e)
	}
}

// shoot keeps a picture of the whole page in the folder HOODWINK_SHOTS, if there is one.
func (b *tab) shoot(name string) {
	dir := os.Getenv("HOODWINK_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	still := `document.querySelectorAll(".go").forEach((e) => { e.style.position = %q; })`
	b.do(chromedp.Evaluate(fmt.Sprintf(still, "static"), nil), // it would stand where the window ends
		chromedp.Evaluate(`document.querySelectorAll("img[loading]").forEach((e) => { e.loading = "eager"; })`, nil))
	b.wait(`[...document.images].every((e) => e.complete)`)
	b.do(chromedp.FullScreenshot(&png, 100), chromedp.Evaluate(fmt.Sprintf(still, ""), nil))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) width(w int64) chromedp.Action {
	return emulation.SetDeviceMetricsOverride(w, 900, 1, w < 500)
}

const fooled = `document.querySelector("#result .verdict.yes") !== null && !document.querySelector("#result").hidden`

// runID is the run that the page is about.
func (b *tab) runID() string {
	b.t.Helper()
	u, err := url.Parse(b.text("location.href"))
	if err != nil {
		b.t.Fatal(err)
	}
	return u.Query().Get("run")
}

// stopwatch notes when a file is chosen and Run is clicked, and when what comes of it is shown.
const stopwatch = `(() => {
  const clock = window.clock = { shown: 0 }, now = () => Math.round(performance.now()), at = (id) => document.getElementById(id);
  at("file").addEventListener("change", () => { clock.file = now(); }, true);
  at("run").addEventListener("click", () => { clock.run = now(); }, true);
  new MutationObserver(() => { clock.sees ??= now(); }).observe(at("sees"), { childList: true });
  at("picture").addEventListener("load", (e) => {
    if (!e.target.src.includes("/steps/")) return;
    clock.shown++;
    clock.first ??= now();
    clock.last = now();
  });
})()`

// TestPandaInBrowser uploads the photo of a panda, sees it recognised, has it become a vulture for
// GoogLeNet, and judges the bytes that the page offers.
func TestPandaInBrowser(t *testing.T) {
	data := os.Getenv("HOODWINK_DATA")
	pandas, _ := filepath.Glob(filepath.Join(data, "images", "*giant_panda*"))
	m, err := model.Open("googlenet", model.Options{})
	if err != nil || len(pandas) == 0 {
		t.Skip("set HOODWINK_MODELS to a folder with GoogLeNet and HOODWINK_DATA to one with images of a panda")
	}
	_, c := serveLab(t, Options{Model: "googlenet"})
	b := browse(t, c)
	b.open("/?lang=en")
	b.do(chromedp.Evaluate(stopwatch, nil), chromedp.SetUploadFiles("#file", pandas[:1], chromedp.NodeVisible))
	b.wait(`document.querySelector("#sees").textContent === "giant panda"`)
	b.do(chromedp.SetValue("#class", "vulture"), chromedp.SetValue("#eps", "2/255"), chromedp.SetValue("#step", "0.05/255"), chromedp.Click("#run"))
	b.wait(`document.querySelector("#curves svg") !== null`)
	b.wait(fooled)
	t.Logf("from the file to the prediction %s ms, from Run to the first step %s ms, then %s steps shown a second", b.text("clock.sees - clock.file"), b.text("clock.first - clock.run"),
		b.text("(1000 * (clock.shown - 1) / (clock.last - clock.first)).toFixed(1)"))
	if s := b.text(`document.querySelector("#sees").textContent`); s != "vulture" {
		t.Errorf("at the end the page sees %q", s)
	}
	pic, err := preprocess.Decode(strings.NewReader(string(c.call("GET", "/api/runs/"+b.runID()+"/result.png", nil, 200, nil))), "result.png", preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(0)
	if err != nil {
		t.Fatal(err)
	}
	top, err := p.Classify(pic, 1)
	if err != nil || top[0].Label != "vulture" {
		t.Errorf("the downloaded file is taken for %v, %v", top, err)
	}
	b.shoot("workbench-googlenet-en-light")
	b.quiet()
}

// TestWorkbench goes through a run on a drawing, live, with rewinding, in both languages.
func TestWorkbench(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=en")
	b.shoot("workbench-empty-en-light")
	b.do(chromedp.Click("#try"))
	b.wait(fooled)
	b.wait(`document.querySelector("#change").complete && document.querySelector("#change").naturalWidth > 0`)
	last := b.text(`document.querySelector("#rewindout").textContent`)
	rewind := func(to string) {
		b.do(chromedp.Evaluate(`(() => { const r = document.querySelector("#rewind"); r.value = `+to+`; r.dispatchEvent(new Event("input")); })()`, nil))
	}
	rewind("0")
	b.wait(`document.querySelector("#sees").textContent === "giant panda"`)
	if now := b.text(`document.querySelector("#rewindout").textContent`); now == last || !strings.HasPrefix(now, "0,") {
		t.Errorf("rewound from %q to %q", last, now)
	}
	if path := b.text(`document.querySelector("#path").textContent`); !strings.HasPrefix(path, "giant panda") || !strings.HasSuffix(path, "vulture") {
		t.Errorf("the path is %q", path)
	}
	rewind("r.max")
	b.wait(`document.querySelector("#sees").textContent === "vulture"`)
	for _, theme := range []string{"light", "dark"} {
		for _, language := range []string{"en", "zh"} {
			choose(b, "theme", theme)
			choose(b, "language", language)
			b.wait(fmt.Sprintf(`document.documentElement.lang.startsWith(%q)`, language))
			check(b, "the workbench in "+language+", "+theme)
			b.shoot("workbench-run-" + language + "-" + theme)
		}
	}
	if s := b.text(`document.querySelector("#run").textContent`); s != "开始" {
		t.Errorf("in Chinese the button says %q", s)
	}
	b.quiet()
}

func choose(b *tab, id, value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate(fmt.Sprintf(`(() => { const s = document.getElementById(%q); s.value = %q; s.dispatchEvent(new Event("change")); })()`, id, value), nil))
}

// TestReloadAndTabs: a page that is loaded again in mid-run shows the run on, two tabs do not
// disturb each other, and a run can be cancelled.
func TestReloadAndTabs(t *testing.T) {
	l, c := serveLab(t, Options{Workers: 2})
	b := browse(t, c)
	b.open("/?lang=en&picture=draw:dog:1:96&as=menu&eps=0.5/255&steps=10000")
	b.wait(`document.querySelector("#sees").textContent !== ""`)
	b.do(chromedp.Click("#run"))
	b.wait(`Number(document.querySelector("#rewind").max) > 5`)
	id := b.runID()
	b.do(chromedp.Reload())
	b.wait(`Number(document.querySelector("#rewind").max) > 8`)
	if again := b.runID(); again != id {
		t.Fatalf("the run was %s, now it is %s", id, again)
	}
	second := b.another()
	second.open("/?lang=en")
	second.do(chromedp.Click("#try"))
	second.wait(fooled)
	if s := l.runs.find(id).state(); s != Running {
		t.Errorf("the first run is %s", s)
	}
	b.do(chromedp.Click("#pause"))
	b.wait(`document.querySelector("#state").textContent === "Paused"`)
	b.do(chromedp.Click("#pause"))
	b.wait(`document.querySelector("#state").textContent === "Running"`)
	b.do(chromedp.Click("#cancel"))
	b.wait(`document.querySelector("#state").textContent.startsWith("Cancelled")`)
	b.wait(`document.querySelectorAll("#runs .tile").length === 2`)
	b.do(chromedp.Evaluate(`document.querySelectorAll("#runs input").forEach((e) => e.click())`, nil))
	b.wait(`document.querySelectorAll("#compare img").length === 2`)
	b.shoot("workbench-compare-en-light")
	b.quiet()
	second.quiet()
}

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

func node(b *tab, selector string) *cdp.Node {
	b.t.Helper()
	var nodes []*cdp.Node
	b.do(chromedp.Nodes(selector, &nodes))
	return nodes[0]
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

// carry drops or pastes a file on an element; it reports whether the page has left it to the
// browser.
func (b *tab) carry(event, selector, file string) (left bool) {
	b.t.Helper()
	kind := map[string]string{"drop": "DragEvent", "paste": "ClipboardEvent"}[event]
	b.do(chromedp.Evaluate(fmt.Sprintf(`(async () => {
  const data = new DataTransfer(), path = %q;
  if (path.startsWith("/")) data.items.add(new File([await (await fetch(path)).blob()], "carried.png", { type: "image/png" }));
  else if (path.startsWith("file:")) data.items.add(new File([path], "words.txt", { type: "text/plain" }));
  else data.setData("text/plain", path);
  const e = new %s(%q, { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true });
  return document.querySelector(%q).dispatchEvent(e);
})()`, file, kind, event, selector), &left, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return left
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
	if _, err := model.Open("googlenet", model.Options{}); err != nil {
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
	m, err := l.drawn(half, "mask.png", "")
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

// TestEarlierRun: a run that is opened again brings its picture and its settings, and the next
// run is on them.
func TestEarlierRun(t *testing.T) {
	l, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=en")
	b.do(chromedp.Click("#try"))
	b.wait(fooled)
	first := l.runs.find(b.runID()).snapshot()
	b.do(chromedp.SetValue("#sketch", "kitten"), chromedp.SetValue("#class", "menu"), chromedp.Click("#draw"))
	b.wait(`document.querySelector("#pictureinfo").textContent.startsWith("kitten")`)
	b.wait(`document.querySelector("#result").hidden && !location.search.includes("run=")`)
	b.do(chromedp.Evaluate(`document.querySelector("#step").value = ""`, nil), chromedp.Click("#runs .tile"))
	b.wait(fooled)
	if s := b.text(`[document.querySelector("#pictureinfo").textContent.split(",")[0], document.querySelector("#class").value, document.querySelector("#step").value].join()`); s != "giant-panda.png,vulture,0.25/255" {
		t.Errorf("the page is about %s", s)
	}
	b.do(chromedp.Click("#run"))
	b.wait(`!location.search.includes("` + first.ID + `")`)
	b.wait(fooled)
	if r := l.runs.find(b.runID()).snapshot(); r.Picture.ID != first.Picture.ID || r.Command != first.Command {
		t.Errorf("first %s, then %s", first.Command, r.Command)
	}
	b.do(chromedp.Navigate(b.url + "/?run=00"))
	b.wait(`document.querySelector("#error").textContent === "This run is no longer here."`)
}

// TestOtherNetwork: another network looks at the picture itself and not at what was made of it,
// and the switch of the language outlives the address.
func TestOtherNetwork(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/?lang=zh")
	b.do(chromedp.Click("#try"))
	b.wait(fooled)
	choose(b, "model", "sketchbook-hardened")
	b.wait(`document.querySelector("#picture").src.includes("/view.png") && document.querySelector("#changefigure").hidden`)
	b.wait(`document.querySelector("#sees").textContent.startsWith("giant panda")`)
	choose(b, "language", "en")
	b.wait(`document.documentElement.lang === "en"`)
	b.do(chromedp.Reload())
	b.wait(`document.querySelector("#sees").textContent === "giant panda" && document.querySelectorAll("#runs .tile").length === 1`)
	if s := b.text(`document.documentElement.lang`); s != "en" {
		t.Errorf("after a reload the language is %s", s)
	}
	b.quiet()
}

// TestNarrowAndAccessible opens every page at several widths, in both languages and themes.
func TestNarrowAndAccessible(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	for _, path := range []string{"/", "/story", "/models", "/api"} {
		for _, width := range []int64{360, 1920} {
			for _, language := range []string{"en", "zh"} {
				b.do(b.width(width))
				b.open(path + "?lang=" + language)
				b.wait(`document.querySelector("h1, #form") !== null && document.title !== ""`)
				if path == "/" && width == 360 && language == "en" {
					b.do(chromedp.Click("#try"))
					b.wait(fooled)
				}
				if path == "/api" {
					b.text(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
				}
				name := fmt.Sprintf("%s-%s", cmp.Or(strings.Trim(path, "/"), "workbench"), language)
				for _, theme := range []string{"light", "dark"} {
					choose(b, "theme", theme)
					check(b, fmt.Sprintf("%s-%s-%d", name, theme, width))
					b.shoot(fmt.Sprintf("%s-%s-%d", name, theme, width))
				}
				var wide int64
				b.do(chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide))
				if wide > width {
					t.Errorf("%s: the page is %d pixels wide", name, wide)
				}
			}
		}
	}
	b.quiet()
}

// check looks for what keeps people out: fields without a name, pictures without an
// alternative, text that is hard to read.
func check(b *tab, name string) {
	b.t.Helper()
	var found []string
	b.do(chromedp.Evaluate(audit, &found))
	for _, f := range found {
		b.t.Errorf("%s: %s", name, f)
	}
}

const audit = `(() => {
  const found = [], shown = (e) => e.checkVisibility() && !e.closest(".aside, .skip");
  const name = (e) => (e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.textContent).join("") || e.textContent || "").trim();
  for (const e of document.querySelectorAll("input, select, button, a[href], summary")) if (e.checkVisibility() && !name(e)) found.push("no name: " + e.outerHTML.slice(0, 120));
  for (const e of document.querySelectorAll("img:not([alt])")) found.push("no alternative: " + e.outerHTML.slice(0, 120));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push("twice: #" + id);
  for (const role of ["main", "header", "footer", "nav", "h1, h2, legend"]) if (!document.querySelector(role)) found.push("missing: " + role);
  if (!document.documentElement.lang || !document.title) found.push("no language or title");
  const rgb = (s) => (s.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((a, v, i) => a + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg") || e.disabled || !shown(e) || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const s = getComputedStyle(e), a = light(rgb(s.color)), b = light(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (parseFloat(s.fontSize) >= 24 ? 3 : 4.5)) found.push("contrast " + ratio.toFixed(2) + ": " + e.outerHTML.slice(0, 120));
  }
  return found;
})()`
