package main

import (
	"errors"
	"strings"

	"hoodwink"
	"hoodwink/attack"
)

// A sizeFlag is a flag that holds a size, 0.03 or 8/255. It is read when it is known what it is the size of;
// that it is not there is not said by an empty one.
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

// fileLevels is how many levels a value of the pictures that are written has.
const fileLevels = 256

// linfSize returns the size in Linf that the text of a flag is, absent if it is "". Levels is as in
// [attack.Norm.CheckSize].
func linfSize(flag, text string, absent float64, levels int) (float64, error) {
	size, err := hoodwink.ParseSize(text, absent)
	if err == nil {
		err = attack.Linf.CheckSize(size, 0, levels)
	}
	if err != nil {
		return 0, usageError("", "--%s: %w", flag, err)
	}
	return size, nil
}
