package testnet

import (
	"strings"
	"testing"

	"hoodwink/internal/advice"
)

// CheckAdvice fails unless an error has a hint with these words in it.
func CheckAdvice(t testing.TB, err error, want ...string) {
	t.Helper()
	hint := advice.Of(err)
	if hint == "" {
		t.Fatalf("error without a hint: %v", err)
	}
	for _, w := range want {
		if !strings.Contains(hint, w) {
			t.Errorf("hint %q does not contain %q", hint, w)
		}
	}
}
