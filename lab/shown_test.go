package lab

import (
	"testing"

	"hoodwink/internal/wording"
)

// TestNamesFromOutside: no name that a client gives, and no error, has characters that must not be shown.
func TestNamesFromOutside(t *testing.T) {
	const nasty = "a\x1b[2J\u0085\u202e\u2028\u200b\U000e0041\n; rm -rf x #\r.png"
	name := fileName(nasty)
	problem := refuse(422, "failed", nasty, nasty).(*Problem)
	r := &Run{Picture: &Picture{ID: "1", Name: name, Source: "draw:" + nasty + ":1:64"}}
	r.Request.As, r.Request.Model = nasty, nasty
	command := (&Lab{}).command(r)
	for what, text := range map[string]string{"name": name, "detail": problem.Detail, "hint": problem.Hint, "command": command} {
		for _, c := range text {
			if !wording.Shown(c) && (c != '\n' || what != "command") {
				t.Errorf("%s: %U in %q", what, c, text)
			}
		}
	}
}
