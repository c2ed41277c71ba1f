package paper

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"hoodwink/internal/fetch"
)

// The addresses of MNIST, whose own site no longer has it.
const (
	mnistURL    = "https://ossci-datasets.s3.amazonaws.com/mnist/"
	mnistMirror = "https://storage.googleapis.com/cvdf-datasets/mnist/"
)

// mnist lists the four files of MNIST as they were published.
var mnist = []fetch.File{
	mnistFile("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
	mnistFile("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
	mnistFile("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
	mnistFile("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}

func mnistFile(name string, size int64, sha256 string) fetch.File {
	return fetch.File{Name: name, URL: mnistURL + name, Mirror: mnistMirror + name, Size: size, SHA256: sha256}
}

// Find returns the folder with MNIST in a folder of data: that folder itself, or datasets/mnist or
// mnist in it. ok is false if none has the training images.
func Find(data string) (dir string, ok bool) {
	for _, dir := range []string{data, filepath.Join(data, "datasets", "mnist"), filepath.Join(data, "mnist")} {
		for _, name := range []string{"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				return dir, true
			}
		}
	}
	return "", false
}

// Pull downloads MNIST (11.6 MB) to the user's cache, unless it is there, and returns its folder.
// Downloads resume, are checked against SHA-256 sums, and use a mirror if the first address fails.
// Progress may be nil.
func Pull(ctx context.Context, progress func(fetch.Progress)) (dir string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder to put MNIST in: %w", err)
	}
	dir = filepath.Join(cache, "hoodwink", "datasets", "mnist")
	if err := fetch.All(ctx, dir, "XDG_CACHE_HOME", mnist, progress); err != nil {
		return "", fmt.Errorf("MNIST is not in the folder of --data and cannot be fetched: %w", err)
	}
	return dir, nil
}
