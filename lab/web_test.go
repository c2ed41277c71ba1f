package lab

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTexts: both languages have the same texts with the same gaps, all that are used are
// there, and all that are there are used.
func TestTexts(t *testing.T) {
	texts := map[string]map[string]string{}
	for _, l := range []string{"en", "zh"} {
		data, err := web.ReadFile("web/i18n/" + l + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(l, err)
		}
		texts[l] = m
	}
	gaps := regexp.MustCompile(`\{\w+\}`)
	for key, en := range texts["en"] {
		zh, ok := texts["zh"][key]
		if !ok {
			t.Errorf("%s has no Chinese", key)
		}
		a, b := gaps.FindAllString(en, -1), gaps.FindAllString(zh, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %q has the gaps %v, %q %v", key, en, a, zh, b)
		}
	}
	if len(texts["zh"]) != len(texts["en"]) {
		t.Errorf("%d texts in English, %d in Chinese", len(texts["en"]), len(texts["zh"]))
	}

	var sources strings.Builder
	err := fs.WalkDir(web, "web", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(file) == ".json" {
			return err
		}
		data, err := web.ReadFile(file)
		sources.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// keys that are put together of parts
	together := []string{"problem.", "result.", "state.", "theme.", "models.kind.", "chart.", "story.", "api.op."}
	for key := range texts["en"] {
		if !strings.Contains(sources.String(), `"`+key+`"`) && !slices.ContainsFunc(together, func(f string) bool { return strings.HasPrefix(key, f) }) {
			t.Errorf("%s is not used", key)
		}
	}
	for _, m := range regexp.MustCompile(`(?:data-i18n(?:-label|-alt)?="|"data-i18n(?:-label)?": "|\bt\(")([^"]+)"(?: \+)?`).FindAllStringSubmatch(sources.String(), -1) {
		if _, ok := texts["en"][m[1]]; !ok && !strings.HasSuffix(m[0], "+") {
			t.Errorf("%s is used, but there is no such text", m[1])
		}
	}
}

// TestWeight: the pages are light, plain, and load nothing from elsewhere.
func TestWeight(t *testing.T) {
	_, c := serveLab(t, Options{})
	total := 0
	for name, p := range newPages() {
		total += len(p.plain)
		if p.kind == "" {
			t.Errorf("%s has no type", name)
		}
		for _, word := range []string{"<script>", " style=\"", "javascript:", "onclick=", "//cdn"} {
			if strings.Contains(string(p.plain), word) && path.Ext(name) != ".js" {
				t.Errorf("%s has %q in it", name, word)
			}
		}
	}
	if total > 200_000 {
		t.Errorf("all pages together have %d bytes, more than 200 kB", total)
	}
	for _, address := range []string{"/", "/story", "/models", "/api"} {
		req, err := http.NewRequest("GET", c.url+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		tag := reply.Header.Get("ETag")
		req.Header.Set("If-None-Match", tag)
		again, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		again.Body.Close()
		if reply.StatusCode != 200 || tag == "" || again.StatusCode != 304 || !strings.HasPrefix(reply.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d, then %d, %v", address, reply.StatusCode, again.StatusCode, reply.Header)
		}
	}
}
