package store

import (
	"testing"
)

// useRegistry replaces the registry during a test.
func useRegistry(t *testing.T, rows ...row) {
	t.Helper()
	old := registry
	registry = rows
	t.Cleanup(func() { registry = old })
}

// isolated makes the test independent of the models folders of the user.
func isolated(t testing.TB) {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		cache := t.TempDir()
		t.Setenv(Environment, "")
		t.Setenv("XDG_CACHE_HOME", cache) // Linux
		t.Setenv("HOME", cache)           // macOS
		t.Setenv("LocalAppData", cache)   // Windows
		t.Setenv("XDG_CONFIG_HOME", cache)
		t.Setenv("AppData", cache)
	}
}
