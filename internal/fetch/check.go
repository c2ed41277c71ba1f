package fetch

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"hoodwink/internal/files"
)

// A Check holds a file against what is known of it.
type Check struct {
	Path       string `json:"path"`
	Size       int64  `json:"size"`
	WantSize   int64  `json:"want_size"`
	SHA256     string `json:"sha256"`
	WantSHA256 string `json:"want_sha256"`
	SHA1       string `json:"sha1,omitempty"` // only where the authors published it
	WantSHA1   string `json:"want_sha1,omitempty"`
	Same       bool   `json:"same"`
}

// CheckFile holds the file at path against what want says of it.
func CheckFile(path string, want File) (Check, error) {
	c := Check{Path: path, WantSize: want.Size, WantSHA256: want.SHA256, WantSHA1: want.SHA1}
	f, err := files.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	s256, s1 := sha256.New(), sha1.New()
	to := io.Writer(s256)
	if want.SHA1 != "" {
		to = io.MultiWriter(s256, s1)
	}
	if c.Size, err = io.Copy(to, f); err != nil {
		return c, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	c.SHA256 = hex.EncodeToString(s256.Sum(nil))
	if want.SHA1 != "" {
		c.SHA1 = hex.EncodeToString(s1.Sum(nil))
	}
	c.Same = c.Size == want.Size && c.SHA256 == want.SHA256 && c.SHA1 == want.SHA1
	return c, nil
}
