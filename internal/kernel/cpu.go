package kernel

import (
	"fmt"
	"os"
	"strings"
)

// available lists the kernels this processor can run, slowest first.
var available = append([]*Set{Generic}, vectorised()...)

// Active is the set of kernels that new sessions use: the fastest that the processor has, or the
// one that the environment variable HOODWINK_CPU names.
var Active = activeFromEnvironment()

// Available returns the kernels that this processor can run, slowest first.
func Available() []*Set { return append([]*Set(nil), available...) }

// Choose returns the kernels with a name (generic, avx2, avx512), or the fastest for "". The error
// says which ones this processor and build have.
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

// Use makes a set the active one, and returns what undoes that. It is for checks: nothing else may use
// kernels meanwhile.
func Use(s *Set) (undo func()) {
	set, each := Active, elementwise
	Active, elementwise = s, elementwiseSet(s.Name)
	return func() { Active, elementwise = set, each }
}

// activeFromEnvironment falls back to the fastest kernels if the name does not exist. The command
// line checks the name and reports it.
func activeFromEnvironment() *Set {
	if m, err := Choose(os.Getenv("HOODWINK_CPU")); err == nil {
		return m
	}
	m, _ := Choose("")
	return m
}
