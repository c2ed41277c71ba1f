// Package notebook shows pictures in a notebook of Go cells.
//
//	notebook.Show(img)                  // an image.Image, as PNG
//	notebook.Show(res.Chart())          // a report.Drawing, as SVG
//	notebook.Show(res.Montage())        // a report.Montage; an error behind it stops the cell
//	notebook.Show("before", img, "after")
//
// The kernel in kernels/hoodwink-go runs the cells, and panda.ipynb goes through the article with
// the library. Outside a notebook, a program prints one line that describes the thing shown.
package notebook

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"

	"hoodwink/report"
)

// Environment is the variable that tells a program that a notebook reads its output.
const Environment = "HOODWINK_NOTEBOOK"

// Mark begins a line of output that is not text but a Bundle in JSON.
const Mark = "\x1e"

// A Bundle is one thing in several forms, by MIME type. Forms that are not text are in base64.
type Bundle map[string]string

// Show shows things below the cell, in order, among the text that is printed. It prints things that
// are neither a picture nor a figure. An error that is not nil ends the program, so the results of
// a function that returns a thing and an error can be passed to Show directly.
func Show(things ...any) {
	for _, thing := range things {
		if err := show(thing); err != nil {
			log.Fatal(err)
		}
	}
}

func show(thing any) error {
	switch v := thing.(type) {
	case nil:
		return nil
	case error:
		return v
	case image.Image:
		return showImage(v)
	case report.Montage:
		img, err := v.Image()
		if err != nil {
			return err
		}
		return showImage(img)
	case report.Drawing:
		var b bytes.Buffer
		if err := report.EncodeSVG(&b, v); err != nil {
			return err
		}
		return write(Bundle{"image/svg+xml": b.String(), "text/plain": "a figure"})
	}
	_, err := fmt.Println(thing)
	return err
}

func showImage(img image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	size := img.Bounds().Size()
	return write(Bundle{"image/png": base64.StdEncoding.EncodeToString(b.Bytes()), "text/plain": fmt.Sprintf("a picture of %d x %d pixels", size.X, size.Y)})
}

func write(b Bundle) error {
	if os.Getenv(Environment) == "" {
		_, err := fmt.Printf("(%s)\n", b["text/plain"])
		return err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s%s\n", Mark, data)
	return err
}
