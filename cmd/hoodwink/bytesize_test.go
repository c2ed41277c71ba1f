package main

import (
	"math"
	"testing"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{"512MB": 512 << 20, "1.5GB": 3 << 29, "2 gb": 2 << 30, "64kb": 64 << 10} {
		var b byteSize
		if err := b.Set(text); err != nil || int64(b) != want {
			t.Errorf("%q: %d, %v, want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "GB", "12", "-1MB", "0MB", "1e300GB", "NaNGB", "infGB", "x MB", "9000000000000000GB"} {
		b := byteSize(7)
		if err := b.Set(text); err == nil || b != 7 {
			t.Errorf("%q is taken for %d bytes", text, b)
		}
	}
	for n, want := range map[byteSize]string{0: "0", 1 << 30: "1GB", 1536 << 20: "1536MB", 5: "5", math.MaxInt64: "9223372036854775807"} {
		if got := n.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(n), got, want)
		}
	}
}
