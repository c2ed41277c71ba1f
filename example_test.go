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
