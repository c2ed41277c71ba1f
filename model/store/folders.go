package store

import (
	"context"
	"os"
	"path/filepath"

	"hoodwink/model"
)

// Environment is the variable that names the user's models folder.
const Environment = "HOODWINK_MODELS"

// Options say where models are.
type Options struct {
	Dir     string // models folder to search first and to write to; "" means none
	Threads int    // default for sessions; 0 means GOMAXPROCS

	Context context.Context // ends Open, Add and Verify when it is done; nil means never
	Memory  int64           // bytes that each session of a model may take, as nn.SessionOptions.Limit
}

// SearchPath returns the models folders in the order in which they are searched.
// Pull and Add write to the first.
func (o Options) SearchPath() []string {
	dirs := []string{o.Dir, os.Getenv(Environment)}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "hoodwink", "models"))
	}
	var path []string
	seen := map[string]bool{"": true}
	for _, d := range dirs {
		if d != "" {
			d = filepath.Clean(d)
		}
		if !seen[d] {
			path = append(path, d)
		}
		seen[d] = true
	}
	return path
}

// target returns the folder that models are written to.
func (o Options) target(name string) (string, error) {
	if path := o.SearchPath(); len(path) > 0 {
		return path[0], nil
	}
	return "", &model.Error{Model: name, Msg: "there is no folder to put it in", Advice: "set " + Environment + " or --models to a folder for models"}
}

// namesIn returns the folders in which the names of ImageNet's classes may be: models folders,
// and in them those of known models that have them.
func (o Options) namesIn() []string {
	var in []string
	for _, dir := range o.SearchPath() {
		in = append(in, dir)
		for _, r := range registry {
			if r.labels.SHA256 == imagenetLabels.SHA256 {
				in = append(in, filepath.Join(dir, r.folder))
			}
		}
	}
	return in
}
