package lab

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTour goes through the whole story in a browser, every experiment of it, and reads it in both languages.
func TestTour(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole story takes half a minute")
	}
	_, c := serveLab(t, Options{})
	b := browse(t, c)
	b.open("/story?lang=en")
	b.wait(`document.querySelectorAll(".chapter").length === 12`)
	var chapters []string
	b.do(chromedp.Evaluate(`[...document.querySelectorAll(".chapter")].map((e) => e.id)`, &chapters))
	for _, id := range chapters {
		box := fmt.Sprintf("document.getElementById(%q)", id)
		b.do(chromedp.Evaluate(box+`.scrollIntoView()`, nil))
		b.do(chromedp.Evaluate(box+`.querySelector(".controls .primary").click()`, nil))
		b.wait(box + `.querySelector(".error").textContent !== "" || ` + box + `.querySelector("td[class^='v-'], td [class^='v-'], .verdict, [data-verdict]") !== null && ![...` + box + `.querySelectorAll(".controls button")].some((e) => e.disabled)`)
		if e := b.text(box + `.querySelector(".error").textContent`); e != "" {
			t.Errorf("chapter %s: %s", id, e)
		}
	}
	for _, language := range []string{"en", "zh"} {
		choose(b, "language", language)
		b.wait(fmt.Sprintf(`document.documentElement.lang.startsWith(%q)`, language))
		for _, theme := range []string{"light", "dark"} {
			choose(b, "theme", theme)
			check(b, "the story in "+language+", "+theme)
		}
		b.shoot("story-told-" + language)
	}
	b.quiet()
}
