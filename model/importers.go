package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/caffe"
	"hoodwink/nn"
)

// Limits on the files of a model. Importers have their own, tighter ones.
const maxDefinitionBytes = 16 << 20

// An importer reads one format of networks. A new format is one row.
type importer struct {
	weights    string // extension of its weights
	definition string // extension of its definition; "" if the weights say it all
	load       func(definition []byte, weights io.Reader, s source) (*nn.Network, error)
}

var importers = []importer{{weights: ".caffemodel", definition: ".prototxt", load: loadCaffe}}

// network reads definition and weights, and returns their SHA-256.
func (s source) network() (*nn.Network, string, error) {
	ext := strings.ToLower(filepath.Ext(s.weights))
	for _, im := range importers {
		if im.weights != ext {
			continue
		}
		sum := sha256.New()
		var definition []byte
		if s.definition != "" {
			var err error
			if definition, err = s.read(s.definition, maxDefinitionBytes); err != nil {
				return nil, "", err
			}
			sum.Write(definition)
		}
		f, err := s.open(s.weights)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", s.weights, plain(err))
		}
		defer f.Close()
		weights, err := hashed(f, sum)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", s.weights, plain(err))
		}
		net, err := im.load(definition, weights, s)
		if err != nil {
			return nil, "", err
		}
		return net, hex.EncodeToString(sum.Sum(nil)), nil
	}
	return nil, "", fmt.Errorf("%s: a file of unknown kind, want one of %s", s.weights, weightKinds())
}

func weightKinds() string {
	var kinds []string
	for _, im := range importers {
		kinds = append(kinds, "*"+im.weights)
	}
	return strings.Join(kinds, ", ")
}

func loadCaffe(definition []byte, weights io.Reader, s source) (*nn.Network, error) {
	named := func(path string, err error) error {
		var e *caffe.Error
		if errors.As(err, &e) && e.File == "" {
			e.File = path
		}
		return err
	}
	d, err := caffe.Parse(definition)
	if err != nil {
		return nil, named(s.definition, err)
	}
	w, err := caffe.ReadWeights(weights)
	if err != nil {
		return nil, named(s.weights, err)
	}
	d.File, w.File = s.definition, s.weights
	return d.Build(w)
}

// hashed adds the bytes of f to sum and returns a reader of them. Importers save
// memory where they can tell how much there is, so a file is hashed first and then
// read, and anything else is read whole.
func hashed(f fs.File, sum hash.Hash) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if disk, ok := f.(*os.File); ok {
		if _, err := io.Copy(sum, disk); err != nil {
			return nil, err
		}
		_, err := disk.Seek(0, io.SeekStart)
		return disk, err
	}
	data, err := io.ReadAll(f)
	sum.Write(data)
	return bytes.NewReader(data), err
}
