package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/dataset"
	"hoodwink/internal/files"
)

// wantName returns a usage error unless a file that a flag names ends in the first of the extensions,
// or another one. An empty name is none.
func wantName(flag, path, hint string, exts ...string) error {
	ext := strings.ToLower(filepath.Ext(path))
	if path == "" || slices.Contains(exts, ext) {
		return nil
	}
	if hint == "" {
		hint = "for example " + stem(path) + exts[0]
	}
	return usageError(hint, "--%s %s: want a name that ends in %s", flag, path, exts[0])
}

// wantPNG is wantName for a picture, wantPage for a page.
func wantPNG(flag, path string) error {
	return wantName(flag, path, "pictures are written as PNG, so that not a bit is lost", ".png")
}

func wantPage(flag, path string) error { return wantName(flag, path, "", ".html", ".htm") }

// dataInputs lists the files and folders that data to train on may be read from, for CheckOutputs.
func dataInputs(data string) []string {
	inputs := []string{data}
	switch strings.ToLower(filepath.Ext(strings.TrimSuffix(data, ".gz"))) {
	case ".npy", ".csv": // other arrays and tables beside it belong to it
		beside, err := os.ReadDir(filepath.Dir(data))
		if err != nil {
			return inputs
		}
		for _, e := range beside {
			if !e.IsDir() {
				inputs = append(inputs, filepath.Join(filepath.Dir(data), e.Name()))
			}
		}
	case "":
		root := os.Getenv("HOODWINK_DATA")
		if dir, ok := dataset.FindMNIST(root); ok && data == "mnist" {
			inputs = append(inputs, dir)
		}
		if root != "" && data == "cifar10" {
			inputs = append(inputs, filepath.Join(root, "datasets"))
		}
	}
	return inputs
}

// modelOutputs lists what train and linear train write into a folder.
func modelOutputs(dir string) []string {
	var out []string
	for _, name := range []string{modelFile, "hoodwink.yaml", "labels.txt", "synset_words.txt"} {
		out = append(out, filepath.Join(dir, name))
	}
	return out
}

// checkTraining makes sure that a model that is trained on data overwrites nothing of them.
func checkTraining(data string, outputs ...string) error {
	return files.CheckOutputs(dataInputs(data), outputs...)
}
