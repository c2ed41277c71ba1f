package lab

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hoodwink/article"
	"hoodwink/model/store"
	"hoodwink/report"
)

// serveStory serves a lab that has none but the networks that are part of the program.
func serveStory(t *testing.T) (*Lab, *client) {
	t.Helper()
	for _, where := range []string{"HOODWINK_MODELS", "XDG_CACHE_HOME", "HOME"} {
		t.Setenv(where, t.TempDir())
	}
	return serveLab(t, Options{})
}

// TestStory does every chapter on the networks that are part of the program.
func TestStory(t *testing.T) {
	l, c := serveStory(t)
	learnt, err := article.TrainTemplates(t.Context(), 400, nil) // fewer than the lab itself takes
	if err != nil {
		t.Fatal(err)
	}
	if err := l.keepTemplates(learnt); err != nil {
		t.Fatal(err)
	}
	var s Story
	c.call("GET", "/api/story", nil, http.StatusOK, &s)
	if len(s.Chapters) != 12 || s.Present {
		t.Fatalf("%d chapters, GoogLeNet present: %v", len(s.Chapters), s.Present)
	}
	for _, ch := range s.Chapters {
		t.Run(ch.ID, func(t *testing.T) {
			want := map[string]string{} // what the article published
			for _, id := range chapters[ch.Number-1].experiments {
				for _, f := range article.Figures(id) {
					want[f.ID] = f.Text
				}
			}
			for _, f := range ch.Figures {
				if want[f.ID] != f.Text {
					t.Errorf("figure %s is %q, the article's %q", f.ID, f.Text, want[f.ID])
				}
			}
			var r, again StoryResult
			c.call("POST", "/api/story/"+ch.ID, StoryRequest{}, http.StatusOK, &r)
			if len(r.Rows) == 0 || len(r.Figures) == 0 {
				t.Fatalf("%d rows, %d figures", len(r.Rows), len(r.Figures))
			}
			for _, row := range r.Rows {
				text, ok := want[row.ID]
				if !ok || text != row.Published {
					t.Errorf("row %q: published %q, the article %q", row.ID, row.Published, text)
				}
				if row.Measured == "" && row.Verdict != report.Skipped {
					t.Errorf("row %q: nothing measured", row.ID)
				}
			}
			for _, f := range r.Figures {
				for _, p := range f.Pictures {
					if !strings.HasPrefix(p.Image, "data:image/png;base64,") || p.Width == 0 {
						t.Errorf("figure %s: a picture is missing", f.ID)
					}
				}
				if f.Wide != "" && (!strings.HasPrefix(f.Wide, "<svg") || !strings.HasPrefix(f.Narrow, "<svg")) {
					t.Errorf("figure %s is no SVG", f.ID)
				}
			}
			if r.Model != ch.Model || r.Exact || regexp.MustCompile(`\{[a-z]+\}`).MatchString(r.Shell+r.Code) || (r.URL == "") != (r.Model == "") {
				t.Errorf("model %q, exact %v, shell %q, address %q", r.Model, r.Exact, r.Shell, r.URL)
			}
			c.call("POST", "/api/story/"+ch.ID, StoryRequest{}, http.StatusOK, &again)
			if again.Seconds != r.Seconds {
				t.Error("the experiment was done twice")
			}
		})
	}
}

// TestStoryOwnPicture: a picture that was sent plays the parts.
func TestStoryOwnPicture(t *testing.T) {
	_, c := serveStory(t)
	p := c.draw("dog", 3)
	for _, id := range []string{"predict", "sign", "away", "dog", "fun"} {
		var r StoryResult
		c.call("POST", "/api/story/"+id, StoryRequest{Picture: p.ID}, http.StatusOK, &r)
		if len(r.Rows) == 0 || !strings.Contains(r.Shell, p.Name) || !strings.Contains(r.URL, p.ID) && p.Source == "" {
			t.Errorf("%s: %d rows, %q, %q", id, len(r.Rows), r.Shell, r.URL)
		}
	}
	c.call("POST", "/api/story/away", StoryRequest{Picture: strings.Repeat("0", 64)}, http.StatusNotFound, nil)
	c.call("POST", "/api/story/away", StoryRequest{Model: "nothing"}, http.StatusNotFound, nil)
	c.call("POST", "/api/story/nothing", StoryRequest{}, http.StatusNotFound, nil)
}

// TestStoryTemplates learns the linear classifier as the page does: a task, then the result,
// which is there after a restart too.
func TestStoryTemplates(t *testing.T) {
	if testing.Short() {
		t.Skip("learning takes seconds")
	}
	t.Setenv("HOODWINK_MODELS", "")
	o := Options{Dir: t.TempDir()}
	l, c := serveLab(t, o)
	var r StoryResult
	c.call("POST", "/api/story/templates", StoryRequest{}, http.StatusOK, &r)
	if r.Task == "" {
		t.Fatal("there is no task")
	}
	events := string(c.call("GET", "/api/tasks/"+r.Task+"/events", nil, http.StatusOK, nil)) // until it is over
	if !strings.Contains(events, "event: progress") || !strings.Contains(events, "event: done") {
		t.Fatalf("events %.300q", events)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, c = serveLab(t, o)
	r = StoryResult{}
	c.call("POST", "/api/story/templates", StoryRequest{}, http.StatusOK, &r)
	if r.Task != "" || len(r.Figures) == 0 {
		t.Error("what was learnt is gone")
	}
}

// TestStoryCancelled: an experiment ends when nobody waits for it.
func TestStoryCancelled(t *testing.T) {
	l, _ := serveStory(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.tell(ctx, "fun", &StoryRequest{Seed: 5}); err == nil {
		t.Error("it went on")
	}
	if release, err := l.long.enter(t.Context(), 1); err != nil {
		t.Error("its place was not given back")
	} else {
		release()
	}
}

// TestStoryPublishedModel: with GoogLeNet the black picture matches to 0.01 points.
func TestStoryPublishedModel(t *testing.T) {
	dir := os.Getenv("HOODWINK_MODELS")
	if dir == "" {
		t.Skip("HOODWINK_MODELS is not set: there is no GoogLeNet")
	}
	_, c := serveLab(t, Options{Models: store.Options{Dir: dir}})
	var r StoryResult
	c.call("POST", "/api/story/black", StoryRequest{}, http.StatusOK, &r)
	if !r.Exact || len(r.Rows) != 5 {
		t.Fatalf("model %s, %d rows", r.Model, len(r.Rows))
	}
	percent := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.TrimSuffix(s, " %"), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, row := range r.Rows {
		if d := math.Abs(percent(row.Published) - percent(row.Measured)); !(d < 0.015) || row.Verdict != report.Match {
			t.Errorf("%s: published %s, measured %s, %s", row.Name, row.Published, row.Measured, row.Verdict)
		}
	}
	for _, id := range []string{"gradient", "step", "steps"} {
		c.call("POST", "/api/story/"+id, StoryRequest{}, http.StatusOK, &r)
		for _, row := range r.Rows {
			if row.Verdict == report.MustMatchFailed {
				t.Errorf("%s: published %s, measured %s", row.ID, row.Published, row.Measured)
			}
		}
	}
}

// TestStoryPaper: the figures that the page quotes are those of docs/paper.md.
func TestStoryPaper(t *testing.T) {
	doc, err := os.ReadFile("../docs/paper.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range paperRows {
		found := false
		for _, line := range strings.Split(string(doc), "\n") {
			found = found || strings.HasPrefix(line, "|") && strings.Contains(line, "| "+r.Published+" | "+r.Measured)
		}
		if !found {
			t.Errorf("%s: docs/paper.md has no %s beside %s", r.Name, r.Measured, r.Published)
		}
	}
}

// TestStoryTexts: every chapter, row, published figure in words and verdict has a text in
// both languages, and the English one says what the article published.
func TestStoryTexts(t *testing.T) {
	texts := map[string]map[string]string{}
	for _, lang := range []string{"en", "zh"} {
		data, err := web.ReadFile("web/i18n/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		texts[lang] = m
	}
	known := map[string]bool{}
	need := func(key string) {
		for lang, m := range texts {
			if m[key] == "" {
				t.Errorf("no %s in %s", key, lang)
			}
		}
	}
	for _, v := range report.Verdicts {
		need("story.verdict." + strings.ReplaceAll(string(v), " ", "-"))
	}
	for _, c := range chapters {
		need("story." + c.id + ".title")
		need("story." + c.id + ".text")
		for _, id := range c.experiments {
			for _, f := range article.Figures(id) {
				need("story.row." + f.ID)
				known[f.ID] = true
				if strings.Trim(f.Text, "0123456789. %") != "" {
					need("story.published." + f.ID)
					if en := texts["en"]["story.published."+f.ID]; en != f.Text {
						t.Errorf("%s is published as %q, the page says %q", f.ID, f.Text, en)
					}
					if zh := texts["zh"]["story.published."+f.ID]; digits(zh) != digits(f.Text) {
						t.Errorf("%s is published as %q, the Chinese page says %q", f.ID, f.Text, zh)
					}
				}
			}
		}
	}
	for _, r := range paperRows {
		need("story.row." + r.ID)
		known[r.ID] = true
	}
	for key := range texts["en"] {
		for _, kind := range []string{"story.row.", "story.published."} {
			if id, ok := strings.CutPrefix(key, kind); ok && !known[id] {
				t.Errorf("%s is of no figure", key)
			}
		}
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return -1
	}, s)
}

// TestStoryDrawings: the drawings that live runs attack are recognised.
func TestStoryDrawings(t *testing.T) {
	_, c := serveStory(t)
	var s Story
	c.call("GET", "/api/story", nil, http.StatusOK, &s)
	for _, ch := range s.Chapters {
		for _, live := range ch.Live {
			var p Picture
			var a Answer
			c.call("POST", "/api/pictures/draw", live.Draw, http.StatusCreated, &p)
			c.call("POST", "/api/predict", map[string]any{"picture": p.ID, "model": live.Model}, http.StatusOK, &a)
			if a.Predictions[0].Label != live.Draw.Class {
				t.Errorf("%s: %s takes the %s for %s", ch.ID, live.Model, live.Draw.Class, a.Predictions[0].Label)
			}
		}
	}
}
