package lab

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"

	"hoodwink/report"
)

// A StoryPicture is a picture that an experiment shows.
type StoryPicture struct {
	ID     string `json:"id,omitempty" doc:"what it is, where that is no class"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Image  string `json:"image" doc:"a data URL"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// A StoryLine is one line of a chart, for readers who want its figures.
type StoryLine struct {
	Name string    `json:"name"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
}

// A StoryDrawing is what an experiment shows: pictures, curves as SVG elements, rankings, or
// text.
type StoryDrawing struct {
	ID       string           `json:"id,omitempty"`
	Title    string           `json:"title,omitempty"`
	Small    bool             `json:"small,omitempty" doc:"the pictures, to have more of them in a row"`
	Pictures []StoryPicture   `json:"pictures,omitempty"`
	Wide     string           `json:"wide,omitempty" doc:"an SVG element for a wide page"`
	Narrow   string           `json:"narrow,omitempty"`
	Lines    []StoryLine      `json:"lines,omitempty"`
	Rankings []report.Ranking `json:"rankings,omitempty"`
	Listing  string           `json:"listing,omitempty"`
}

// storyDrawing converts a figure to what is sent. The page has the titles of charts.
func storyDrawing(f report.Figure) (*StoryDrawing, error) {
	d := &StoryDrawing{ID: f.ID, Title: f.Title, Small: f.Small, Rankings: f.Rankings, Listing: f.Listing}
	for _, t := range f.Tiles {
		src, err := dataURL(t.Picture)
		if err != nil {
			return nil, err
		}
		b := t.Picture.Bounds()
		d.Pictures = append(d.Pictures, StoryPicture{t.ID, t.Title, t.Detail, src, b.Dx(), b.Dy()})
	}
	switch c := f.Drawing.(type) {
	case nil:
		return d, nil
	case report.Curves:
		for _, s := range c.Series {
			d.Lines = append(d.Lines, StoryLine{s.Name, s.X, s.Y})
		}
		c.Title = ""
		f.Drawing = c
	case report.PathStrip:
		c.Title = ""
		f.Drawing = c
	}
	wide, err := report.Inline(f.Drawing, false)
	if err != nil {
		return nil, err
	}
	narrow, err := report.Inline(f.Drawing, true)
	d.Wide, d.Narrow = string(wide), string(narrow)
	return d, err
}

func dataURL(img image.Image) (string, error) {
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), err
}
