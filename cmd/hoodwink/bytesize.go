package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// A byteSize is a flag for a number of bytes, written as 512MB or 1.5GB. 0 means the default.
type byteSize int64

var _ pflag.Value = (*byteSize)(nil)

// byteUnits are units, the larger first. As memory is sold, a MB is 1024 KB.
var byteUnits = []struct {
	name string
	size int64
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}}

// String implements pflag.Value.
func (b *byteSize) String() string {
	for _, u := range byteUnits {
		if n := int64(*b); n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Set implements pflag.Value.
func (b *byteSize) Set(text string) error {
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(text)), u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if n := v * float64(u.size); err == nil && n > 0 && n < math.MaxInt64 {
			*b = byteSize(n)
			return nil
		}
	}
	return fmt.Errorf("%q is not a number of bytes: write e.g. 512MB or 1.5GB", text)
}

// Type implements pflag.Value.
func (*byteSize) Type() string { return "bytes" }
