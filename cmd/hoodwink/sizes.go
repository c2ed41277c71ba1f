package main

import (
	"errors"
	"strings"

	"hoodwink"
	"hoodwink/attack"
)

// A sizeFlag is a flag that holds a size, 0.03 or 8/255. It is parsed later, when it is known what
// it is the size of. An empty text is an error: it does not mean that the flag is absent.
type sizeFlag string

// String implements pflag.Value.
func (s *sizeFlag) String() string { return string(*s) }

// Type implements pflag.Value.
func (s *sizeFlag) Type() string { return "string" }

// Set implements pflag.Value.
func (s *sizeFlag) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("empty: want a size of at least 0, such as 0.03 or 8/255")
	}
	*s = sizeFlag(text)
	return nil
}

// fileLevels is the number of levels of a value in the written pictures.
const fileLevels = 256

// linfSize parses the text of a flag as a size in Linf; "" gives absent. levels is as in
// [attack.Norm.CheckSize].
func linfSize(flag, text string, absent float64, levels int) (float64, error) {
	size, err := hoodwink.ParseSize(attack.Linf, text, absent)
	if err == nil {
		err = attack.Linf.CheckSize(size, nil, levels)
	}
	if err != nil {
		return 0, usageError("", "--%s: %w", flag, err)
	}
	return size, nil
}
