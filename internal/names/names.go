// Package names converts small integers that stand for choices to words and back.
package names

import (
	"fmt"
	"slices"
	"strings"
)

// Of returns names[i], or a Go-like expression such as "Norm(7)" if there is no such name.
func Of(i int, names []string, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

// Index returns the index of name in names, ignoring case, or -1.
func Index(name string, names []string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
