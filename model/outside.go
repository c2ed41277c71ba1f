package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
)

// A contract names files in its own folder, for it may be a stranger's. It may name a file elsewhere
// if the user once gave that very file to [Source.Register]. This is remembered in the user's
// configuration, which no model brings along: for each such file there is one that is called by the
// hash of its path and contains the path.

// rememberedIn returns where it is remembered that the file at an absolute path was given.
func rememberedIn(path string) (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(dir, "hoodwink", "added", hex.EncodeToString(sum[:16])), nil
}

// maxPath bounds the length of a path that is remembered.
const maxPath = 1 << 16

// wasGiven reports whether the user gave the file at an absolute path to Register.
func wasGiven(path string) bool {
	at, err := rememberedIn(path)
	if err != nil {
		return false
	}
	text, err := files.ReadOwn(at, maxPath)
	return err == nil && string(text) == path
}

// remember makes wasGiven true for the file at an absolute path.
func remember(path string) error {
	if wasGiven(path) {
		return nil
	}
	at, err := rememberedIn(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return err
	}
	return atomicfile.WritePrivate(at, func(w io.Writer) error {
		_, err := io.WriteString(w, path)
		return err
	})
}

// inside returns the path relative to dir if it is inside.
func inside(dir, path string) (rel string, ok bool) {
	if abs, err := filepath.Abs(dir); err == nil && filepath.IsAbs(path) {
		dir = abs
	}
	rel, err := filepath.Rel(dir, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

// named returns the path of a file that the contract in s.Dir names. A file elsewhere must have been
// given by the user. Weights may then be a link, which Register keeps for its name.
func (s *Source) named(key, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	if rel, ok := inside(s.Dir, path); ok {
		return filepath.Join(s.Dir, rel), nil
	}
	abs, err := filepath.Abs(path)
	if s.Open != nil || err != nil || !wasGiven(abs) {
		return "", &Error{Model: s.Dir, Err: fmt.Errorf("%s: %s names %s, which is outside of the contract's folder", filepath.Join(s.Dir, ContractName), key, name),
			Advice: "put the file into the folder, or register the network with 'hoodwink models add', which remembers the files that you give it"}
	}
	if key == "weights" {
		s.given = append(s.given, path)
	}
	return path, nil
}
