package lab

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

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
