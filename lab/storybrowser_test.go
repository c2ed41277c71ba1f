package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hoodwink/article"
)

// TestStoryInBrowser goes through the whole story in both languages, on a phone and on a
// screen, without an error of the console.
func TestStoryInBrowser(t *testing.T) {
	l, c := serveStory(t)
	w, err := article.TrainTemplates(t.Context(), 400, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.keepTemplates(w); err != nil {
		t.Fatal(err)
	}
	b := browse(t, c)
	for i, language := range []string{"en", "zh"} {
		width := []int64{1280, 360}[i]
		b.do(b.width(width))
		b.open("/story?lang=" + language)
		b.wait(`document.querySelectorAll(".chapter").length === 12`)
		b.text(`document.querySelector("#predict").scrollIntoView()`)
		b.wait(`document.querySelector("#predict .compare .v-recorded") !== null`) // by itself, when it is seen
		for _, ch := range chapters {
			run := fmt.Sprintf(`document.querySelector("#%s .controls .primary")`, ch.id)
			b.text(fmt.Sprintf(`document.querySelector("#%s").scrollIntoView()`, ch.id))
			if ch.id != "logistic" {
				b.wait("!" + run + ".disabled")
				b.text(run + ".click()")
			}
			b.wait(fmt.Sprintf(`!%s.disabled && document.querySelector("#%s .status").textContent !== "" && document.querySelector("#%s .compare [class^=v-]") !== null`, run, ch.id, ch.id))
			if s := b.text(fmt.Sprintf(`document.querySelector("#%s .error").textContent`, ch.id)); s != "" {
				t.Errorf("%s: %s", ch.id, s)
			}
		}
		if s := b.text(`document.querySelectorAll("#fun .verdict.yes").length + " " + document.querySelectorAll("#hardened .show").length`); s != "1 2" {
			t.Errorf("live runs: %s", s)
		}
		b.text(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
		for _, theme := range []string{"light", "dark"} {
			choose(b, "theme", theme)
			check(b, fmt.Sprintf("story-%s-%d-%s", language, width, theme))
			b.shoot(fmt.Sprintf("story-done-%s-%s-%d", language, theme, width))
		}
		var wide int64
		b.do(chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide))
		if wide > width {
			t.Errorf("%s: the page is %d pixels wide on a screen of %d", language, wide, width)
		}
	}
	b.quiet()
}

// TestStoryOwnPictureInBrowser: what was found with drawings goes when a photo is chosen, and the mark in
// the contents stays when the language changes.
func TestStoryOwnPictureInBrowser(t *testing.T) {
	_, c := serveStory(t)
	b := browse(t, c)
	b.open("/story?lang=en")
	b.text(`document.querySelector("#predict h2").scrollIntoView()`)
	b.wait(`document.querySelector("#predict .exhibits figure") !== null && document.querySelector(".contents .here") !== null`)
	choose(b, "language", "zh")
	b.wait(`document.querySelector(".contents .here a").textContent === document.querySelector("#predict h2").lastChild.data`)
	file := filepath.Join(t.TempDir(), "own.png")
	if err := os.WriteFile(file, c.call("GET", "/api/drawings/dog?seed=7&size=96", nil, 200, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles("#file", []string{file}))
	b.wait(`document.querySelector("#own-name").textContent.includes("own.png") && document.querySelector("#predict .exhibits figure") === null`)
	b.text(`document.querySelector("#predict .controls .primary").click()`)
	b.wait(`document.querySelectorAll("#predict .exhibits figure").length === 1`)
	b.quiet()
}

// TestStoryByKeyboard moves a weight without a mouse and follows the score.
func TestStoryByKeyboard(t *testing.T) {
	_, c := serveStory(t)
	b := browse(t, c)
	b.open("/story?lang=en")
	b.wait(`document.querySelectorAll(".column input").length === 10`)
	if s := b.text(`document.querySelector(".sum").textContent`); s != "score −3.0class 1: 4.7\u00a0%" {
		t.Errorf("at first: %q", s)
	}
	b.text(`document.querySelector("#nudge").focus()`)
	for range 10 {
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	if s := b.text(`document.querySelector(".sum").textContent`); s != "score 2.0class 1: 88.1\u00a0%" {
		t.Errorf("nudged by a half: %q", s)
	}
	b.text(`document.querySelector(".column input").focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowUp))
	if s := b.text(`document.querySelector(".column output").textContent`); s != "−0.9" {
		t.Errorf("the first weight is %s", s)
	}
	b.quiet()
}
