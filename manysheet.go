package hoodwink

import (
	"fmt"
	"net/url"
	"path/filepath"

	"hoodwink/preprocess"
	"hoodwink/report"
)

// sheetCards is how many pictures of one state a contact sheet shows.
const sheetCards = 200

// ContactSheet makes the page about many pictures for a file at path. It reads the pictures again that
// it shows, and calls progress, which may be nil, after each. The caller may add settings and a command.
func ContactSheet(path string, list []*Outcome, limits preprocess.Limits, progress func()) *report.Sheet {
	var t Tally
	groups := map[string]*report.SheetGroup{}
	for _, o := range list {
		t.Add(o)
		g := groups[o.State]
		if g == nil {
			g = &report.SheetGroup{State: o.State}
			groups[o.State] = g
		}
		if g.N++; len(g.Cards) < sheetCards {
			g.Cards = append(g.Cards, o.card(filepath.Dir(path), limits))
		}
		if progress != nil {
			progress()
		}
	}
	s := &report.Sheet{Title: fmt.Sprintf("%d of %d pictures fool the network", t.Fooled, t.Attacked()), Lead: t.Sentence()}
	for _, state := range []string{report.Fooled, report.Resisted, report.AlreadyWrong, report.Unreadable} {
		if g := groups[state]; g != nil {
			s.Groups = append(s.Groups, *g)
		}
	}
	return s
}

// card returns a picture for a page in a folder. Files that are not there any more are left out.
func (o *Outcome) card(dir string, limits preprocess.Limits) report.Card {
	c := report.Card{Name: filepath.Base(o.Picture), Error: o.Error}
	f := o.Result
	if f == nil {
		return c
	}
	c.Original, c.From = thumbnail(o.Picture, limits), f.Caption(f.Before, f.ProbBefore)
	if o.File == "" {
		return c
	}
	c.Adversarial, c.To, c.Change = thumbnail(o.File, limits), f.Caption(f.Top, f.ProbFile), f.Change()
	if name, err := filepath.Rel(dir, o.File); err == nil {
		c.Link = (&url.URL{Path: filepath.ToSlash(name)}).String()
	}
	return c
}

// thumbnail returns a small picture of a file, empty if it cannot be read.
func thumbnail(path string, limits preprocess.Limits) (t report.Thumbnail) {
	pic, err := preprocess.ReadFile(path, limits)
	if err != nil {
		return t
	}
	if img, err := report.Picture(pic.Pixels); err == nil {
		t, _ = report.NewThumbnail(img)
	}
	return t
}
