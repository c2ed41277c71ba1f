package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"

	xdraw "golang.org/x/image/draw"

	"hoodwink/internal/atomicfile"
)

// A Tile is a picture with its caption: what it is, and a second line in gray, such as
// the class the network sees and how sure it is.
type Tile struct {
	ID      string // of what is shown, for callers that name it in other words: "change"; may be ""
	Picture image.Image
	Title   string
	Detail  string
}

// A Montage is a sheet of captioned pictures in rows. All tiles of a sheet have the same width.
// Small pictures are enlarged by repeating pixels, which adds no new values.
type Montage struct {
	Title   string
	Tiles   []Tile
	Columns int // 0 means all in one row, up to four
	Side    int // longer side of a tile's picture in pixels; 0 means 448
}

const (
	maxSide  = 4096
	maxTiles = 400
)

// Image returns the sheet, on white.
func (m Montage) Image() (*image.RGBA, error) {
	if len(m.Tiles) == 0 || len(m.Tiles) > maxTiles {
		return nil, fmt.Errorf("report: a montage of %d tiles: want 1 to %d", len(m.Tiles), maxTiles)
	}
	side := m.Side
	if side == 0 {
		side = 448
	}
	if side < 16 || side > maxSide {
		return nil, fmt.Errorf("report: a montage with tiles of %d pixels: want 16 to %d", side, maxSide)
	}
	pictures := make([]image.Image, len(m.Tiles))
	cell := image.Point{}
	for i, t := range m.Tiles {
		if err := checkImage(t.Picture); err != nil {
			return nil, fmt.Errorf("%w (tile %d, %q)", err, i+1, t.Title)
		}
		pictures[i] = Fit(t.Picture, side)
		cell.X = max(cell.X, pictures[i].Bounds().Dx())
		cell.Y = max(cell.Y, pictures[i].Bounds().Dy())
	}
	columns := m.Columns
	if columns <= 0 {
		columns = min(len(m.Tiles), 4)
	}
	columns = min(columns, len(m.Tiles))
	rows := (len(m.Tiles) + columns - 1) / columns

	// All measures are multiples of the type size, which depends on the size of the pictures.
	em := float64(max(14, side/22))
	margin, gutter := int(2*em), int(1.25*em)
	caption := int(3.6 * em)
	heading := 0
	if m.Title != "" {
		heading = int(2.6 * em)
	}
	cell.X = max(cell.X, int(8*em))
	sheet := image.NewRGBA(image.Rect(0, 0,
		2*margin+columns*cell.X+(columns-1)*gutter,
		2*margin+heading+rows*(cell.Y+caption)+(rows-1)*gutter))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)

	title, detail := newPen(sheet, 1*em, true, inkColor), newPen(sheet, 0.9*em, false, mutedColor)
	if m.Title != "" {
		newPen(sheet, 1.3*em, true, inkColor).write(margin, margin+int(1.3*em), sheet.Bounds().Dx()-2*margin, m.Title)
	}
	for i, p := range pictures {
		x := margin + (i%columns)*(cell.X+gutter)
		y := margin + heading + (i/columns)*(cell.Y+caption+gutter)
		// Pictures of unequal height share their lower edge.
		b := p.Bounds()
		to := image.Rect(x, y+cell.Y-b.Dy(), x+b.Dx(), y+cell.Y)
		draw.Draw(sheet, to, p, b.Min, draw.Over)
		title.write(x, y+cell.Y+int(1.5*em), cell.X, m.Tiles[i].Title)
		detail.write(x, y+cell.Y+int(2.8*em), cell.X, m.Tiles[i].Detail)
	}
	return sheet, nil
}

// WritePNG writes the sheet.
func (m Montage) WritePNG(path string) error {
	img, err := m.Image()
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
}

// Fit returns img with its longer side at most side: enlarged by repeating pixels, or
// reduced by averaging them.
func Fit(img image.Image, side int) image.Image {
	b := img.Bounds()
	longer := max(b.Dx(), b.Dy())
	if longer <= side {
		return Enlarge(img, side)
	}
	w := max(1, (b.Dx()*side+longer/2)/longer)
	h := max(1, (b.Dy()*side+longer/2)/longer)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.BiLinear.Scale(out, out.Bounds(), img, b, xdraw.Src, nil)
	return out
}

// A pen writes single lines on a picture.
type pen struct {
	drawer xfont.Drawer
	style  text.Style
}

func newPen(dst draw.Image, size float64, bold bool, c color.Color) pen {
	sty := typeface(size, bold, c)
	face := plotfont.DefaultCache.Lookup(sty.Font, sty.Font.Size)
	return pen{
		drawer: xfont.Drawer{Dst: dst, Src: image.NewUniform(c), Face: face.FontFace(72)},
		style:  sty,
	}
}

// write writes s, cut to width, with its baseline at y.
func (p pen) write(x, y, width int, s string) {
	p.drawer.Dot = fixed.P(x, y)
	p.drawer.DrawString(shorten(oneLine(s), p.style, plotfont.Length(width)))
}
