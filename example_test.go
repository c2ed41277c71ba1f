package hoodwink_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// A drawing of a panda becomes a vulture, on the network that is part of the program.
func Example() {
	dir, err := os.MkdirTemp("", "hoodwink")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	panda, err := dataset.Draw(0, 1, 256)
	if err != nil {
		log.Fatal(err)
	}
	input := filepath.Join(dir, "panda.png")
	if err := preprocess.WritePNG(input, panda, nil); err != nil {
		log.Fatal(err)
	}

	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	vulture, err := m.Labels.Resolve("vulture")
	if err != nil {
		log.Fatal(err)
	}
	res, err := hoodwink.Fool(context.Background(), hoodwink.FoolRequest{
		Model: m, Input: input, Output: filepath.Join(dir, "vulture.png"),
		Criterion: attack.Targeted{Class: vulture.Index},
		Attack:    attacks.BIM{Steps: 100},
		Eps:       8. / 255,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Before[0].Label, "→", res.Top[0].Label)
	fmt.Println("the file fools:", res.SuccessFile)
	// Output:
	// giant panda → vulture
	// the file fools: true
}

// Three drawings are to become anything but what the network sees, in a folder with a journal; then one
// of the results is made again from its own record.
func ExampleFoolMany() {
	dir, err := os.MkdirTemp("", "hoodwink")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := hoodwink.ManyRequest{Dir: filepath.Join(dir, "fooled")}
	r.FoolRequest = hoodwink.FoolRequest{Model: m, NotOwn: true, Attack: attacks.BIM{Steps: 100}, Eps: 16. / 255}
	for class := range 3 {
		x, err := dataset.Draw(class, 1, 96)
		if err != nil {
			log.Fatal(err)
		}
		name := fmt.Sprint(class, ".png")
		path := filepath.Join(dir, name)
		if err := preprocess.WritePNG(path, x, nil); err != nil {
			log.Fatal(err)
		}
		r.Pictures = append(r.Pictures, hoodwink.ManyPicture{Path: path, Name: name})
	}
	var tally hoodwink.Tally
	var file, original string
	err = hoodwink.FoolMany(context.Background(), r, func(o *hoodwink.Outcome) error {
		tally.Add(o)
		if o.File != "" {
			file, original = o.File, o.Picture
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tally.Fooled, "of", tally.Pictures, "fool")
	again, err := hoodwink.Again(context.Background(), hoodwink.AgainRequest{File: file, Model: m, Input: original})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("made again to the same bytes:", again.Same)
	// Output:
	// 3 of 3 fool
	// made again to the same bytes: true
}
