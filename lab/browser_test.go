package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hoodwink/model/store"
	"hoodwink/preprocess"
)

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
	m, err := store.Open("googlenet", store.Options{})
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
