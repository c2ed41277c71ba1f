package kernel

import (
	"fmt"
	"os"
	"strings"
)

// available lists the kernels this processor can run, slowest first.
var available = append([]*Set{Generic}, vectorised()...)

// Active is the kernels that sessions made from now on use: the fastest the
// processor has, or the one the environment variable HOODWINK_CPU names.
var Active = activeFromEnvironment()

// Available returns the kernels this processor can run, slowest first.
func Available() []*Set { return append([]*Set(nil), available...) }

// Choose returns the kernels of a name (generic, avx2, avx512), or the fastest
// one for "". The error says which this processor and build have.
func Choose(name string) (*Set, error) {
	if name == "" {
		return available[len(available)-1], nil
	}
	var names []string
	for _, m := range available {
		if strings.EqualFold(m.Name, name) {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return nil, fmt.Errorf("no kernels %q: this processor and build have %s", name, strings.Join(names, ", "))
}

// activeFromEnvironment takes the fastest for a name that does not exist; the command
// line checks the name and says so.
func activeFromEnvironment() *Set {
	if m, err := Choose(os.Getenv("HOODWINK_CPU")); err == nil {
		return m
	}
	m, _ := Choose("")
	return m
}
