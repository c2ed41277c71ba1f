package machine

import "testing"

func TestMemory(t *testing.T) {
	if n, ok := Memory(); !ok || n < 64<<20 || n > 1<<50 {
		t.Errorf("%d bytes are free, %v", n, ok)
	}
	for text, want := range map[string]int64{
		"MemTotal: 8 kB\nMemAvailable:    5 kB\nBuffers: 1 kB\n": 5 << 10,
		"MemTotal: 8 kB\n":      -1,
		"MemAvailable: x kB\n":  -1,
		"MemAvailable: 12 MB\n": -1,
	} {
		if n, ok := available(text); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %v, want %d", text, n, ok, want)
		}
	}
}
