package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/fetch"
	"hoodwink/internal/files"
)

// A Progress tells how far a download is.
type Progress = fetch.Progress

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
	return fetch.File{Name: name, URL: mnistURL + name, Mirrors: []string{mnistMirror + name}, Size: size, SHA256: sha256}
}

// FindMNIST returns the folder with MNIST: root itself, or datasets/mnist or mnist in it, or the
// folder in the user's cache that [FetchMNIST] has filled. Root is a folder of data, such as
// $HOODWINK_DATA, or "". ok is false if none has the pictures to train on.
func FindMNIST(root string) (dir string, ok bool) {
	if dir, ok := mnistIn(root); ok {
		return dir, true
	}
	dir, err := mnistCache()
	if err != nil {
		return "", false
	}
	for _, f := range mnist { // a download may have ended between two of them
		if !files.Is(filepath.Join(dir, f.Name)) {
			return "", false
		}
	}
	return dir, true
}

// mnistIn is FindMNIST without the cache.
func mnistIn(root string) (dir string, ok bool) {
	if root == "" {
		return "", false
	}
	for _, dir := range append([]string{root}, places(root, "mnist")...) {
		if found, err := findIDX(dir); err == nil && found.has(trainRole) {
			return dir, true
		}
	}
	return "", false
}

// mnistCache returns the folder into which MNIST is downloaded.
func mnistCache() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("dataset: there is no folder to put MNIST in: %w", err)
	}
	return filepath.Join(cache, "hoodwink", "datasets", "mnist"), nil
}

// FetchMNIST returns the folder with MNIST as [FindMNIST] does, and downloads it (11.6 MB) to the
// user's cache if it is nowhere. Downloads resume, are checked against SHA-256 sums, and use a
// mirror if the first address fails. Progress may be nil. When ctx ends, the error is that of ctx.
func FetchMNIST(ctx context.Context, root string, progress func(Progress)) (dir string, err error) {
	if root != "" {
		if _, err := os.ReadDir(root); err != nil {
			return "", fmt.Errorf("dataset: cannot read the folder of data: %w", err)
		}
		if dir, ok := mnistIn(root); ok {
			return dir, nil
		}
	}
	if dir, err = mnistCache(); err != nil {
		return "", err
	}
	if err := fetch.All(ctx, dir, "XDG_CACHE_HOME", mnist, progress); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("MNIST is not here (%s), and cannot be downloaded: %w", looked(root, "mnist"), err)
	}
	return dir, nil
}

// A MissingError says that a data set with a name is not here.
type MissingError struct {
	Name string // mnist or cifar10
	Root string // folder of data in which it was looked for; "" if there is none
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("dataset: %s is not here: %s", e.Name, looked(e.Root, e.Name))
}

// Hint tells where to put it.
func (e *MissingError) Hint() string {
	return fmt.Sprintf("set HOODWINK_DATA to a folder that has its files in datasets/%s or %s, or name the folder that has them", e.Name, e.Name)
}

// looked says where a data set was looked for.
func looked(root, name string) string {
	if root == "" {
		return "HOODWINK_DATA is not set"
	}
	return "looked in " + strings.Join(places(root, name), ", ")
}

// places returns the folders of a data set in a folder of data.
func places(root, name string) []string {
	return []string{filepath.Join(root, "datasets", name), filepath.Join(root, name)}
}
