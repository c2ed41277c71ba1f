package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
)

// A Sheet is a contact sheet: what became of many pictures, on one page.
type Sheet struct {
	Title    string
	Model    string
	Lead     string // a sentence with the most important figures
	Groups   []SheetGroup
	Settings []Setting
	Command  string // the command line that makes it again
}

// A SheetGroup has the pictures of one state.
type SheetGroup struct {
	State string // one of States
	N     int    // how many there are
	Cards []Card // those that are shown
}

// A Card is a picture before and after.
type Card struct {
	Name   string
	From   string // what the network saw, and with which probability
	To     string // what it sees in the file; empty without one
	Change string // how large the change is
	Error  string // why the picture is unreadable
	Link   string // address of the file, from the page

	Original, Adversarial Thumbnail // empty ones are left out
}

// thumbnailPixels is the longest side of a picture on a contact sheet.
const thumbnailPixels = 280

// A Thumbnail is a small picture as a page holds it.
type Thumbnail struct {
	Src           template.URL
	Width, Height int
	Pixelated     bool
}

// NewThumbnail makes a small picture: a JPEG, or, of one that is small itself, all its pixels, enlarged.
func NewThumbnail(img image.Image) (Thumbnail, error) {
	if err := checkImage(img); err != nil {
		return Thumbnail{}, err
	}
	b := img.Bounds()
	if max(b.Dx(), b.Dy()) <= 128 {
		e, err := embed(img, "", true)
		return Thumbnail{e.Src, e.Width, e.Height, e.Pixelated}, err
	}
	small := Fit(img, thumbnailPixels)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, small, &jpeg.Options{Quality: 88}); err != nil {
		return Thumbnail{}, err
	}
	b = small.Bounds()
	return Thumbnail{template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())), b.Dx(), b.Dy(), false}, nil
}

// Write writes the page to a file.
func (s *Sheet) Write(path string) error { return writePage(path, sheetTemplate, s) }

// Heading names a group: "3 resisted".
func (g *SheetGroup) Heading() string { return fmt.Sprintf("%s %s", grouped(g.N), g.State) }

// More is how many pictures of the group are not shown.
func (g *SheetGroup) More() int { return g.N - len(g.Cards) }

// Fooled reports whether the group's pictures fool.
func (g *SheetGroup) Fooled() bool { return g.State == Fooled }
