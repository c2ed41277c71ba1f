package lab

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
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

func choose(b *tab, id, value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate(fmt.Sprintf(`(() => { const s = document.getElementById(%q); s.value = %q; s.dispatchEvent(new Event("change")); })()`, id, value), nil))
}

func node(b *tab, selector string) *cdp.Node {
	b.t.Helper()
	var nodes []*cdp.Node
	b.do(chromedp.Nodes(selector, &nodes))
	return nodes[0]
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
