package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hoodwink/internal/names"
)

// How well a word names a class, best first.
const (
	byNumber    = iota // its index or synset
	bySynonym          // one of its names, whole
	byWord             // whole words of one of its names
	bySubstring        // a part of one of its names
	byNothing
)

// A ClassError says why a word does not name exactly one class.
type ClassError struct {
	Word       string
	Ambiguous  bool    // Candidates all match; otherwise none matches and they are the nearest
	Candidates []Class // in the order of their index if ambiguous, else nearest first
	Classes    int     // number of classes the model has
	Named      bool    // the model's classes have names
}

// maxCandidates bounds the classes an error message lists.
const maxCandidates = 12

func (e *ClassError) Error() string {
	if !e.Ambiguous {
		return fmt.Sprintf("no class is called %q", e.Word)
	}
	list := describe(e.Candidates[:min(len(e.Candidates), maxCandidates)])
	if more := len(e.Candidates) - maxCandidates; more > 0 {
		list += fmt.Sprintf(", and %d more", more)
	}
	return fmt.Sprintf("class name %q is ambiguous: it fits %s", e.Word, list)
}

// Hint tells how to name a class.
func (e *ClassError) Hint() string {
	switch {
	case e.Ambiguous:
		return fmt.Sprintf("name one by its full name or its index, e.g. %d", e.Candidates[0].Index)
	case !e.Named:
		return fmt.Sprintf("the model's classes have no names: use an index, 0 to %d, or put a file synset_words.txt beside its weights", e.Classes-1)
	case len(e.Candidates) > 0:
		return "the nearest are " + describe(e.Candidates)
	}
	return fmt.Sprintf("use a name, a synset such as n02510455, or an index, 0 to %d", e.Classes-1)
}

func describe(classes []Class) string {
	parts := make([]string, len(classes))
	for i, c := range classes {
		id := strconv.Itoa(c.Index)
		if c.Synset != "" && c.Synset != c.Label {
			id += ", " + c.Synset
		}
		parts[i] = fmt.Sprintf("%s (%s)", c.Label, id)
	}
	return strings.Join(parts, ", ")
}

// Find returns all classes that word names equally well, in the order of their index; none if it
// names none. The best match counts: first an index or synset, then a whole name, then whole words
// of a name, then a part of one. But if a number is the name of exactly one class, that comes
// before an index. Case, punctuation, hyphens and underscores do not matter.
func (l *Labels) Find(word string) []Class {
	found, _ := l.find(word)
	return found
}

func (l *Labels) find(word string) (found []Class, how int) {
	if i, ok := l.number(word); ok {
		return []Class{l.Class(l.called(word, i))}, byNumber
	}
	how = byNothing
	query := fold(word)
	if query == "" {
		return nil, byNothing
	}
	joined := strings.ReplaceAll(query, " ", "")
	for i, names := range l.folded {
		best := byNothing
		if strings.EqualFold(strings.TrimSpace(word), l.synsets[i]) {
			best = byNumber
		}
		for _, name := range names {
			best = min(best, match(name, query, joined))
		}
		if best < how {
			found, how = nil, best
		}
		if best == how && best != byNothing {
			found = append(found, l.Class(i))
		}
	}
	return found, how
}

// called returns the only class that has a number as its name, as classes of data with labels from
// 1 do, or i: people see names, not indices.
func (l *Labels) called(number string, i int) int {
	number, found := strings.TrimSpace(number), -1
	for k, names := range l.names {
		if slices.Contains(names, number) {
			if found >= 0 {
				return i
			}
			found = k
		}
	}
	if found < 0 {
		return i
	}
	return found
}

// number parses an index: "17", or "class 17" if classes are called that.
func (l *Labels) number(word string) (int, bool) {
	s := strings.TrimSpace(word)
	if l.missing {
		s = strings.TrimSpace(strings.TrimPrefix(fold(s), "class"))
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	i, err := strconv.Atoi(s)
	return i, err == nil && i < l.Len()
}

// match says how well query, or joined, which is query without its spaces, names a class by name.
func match(name, query, joined string) int {
	switch {
	case name == query:
		return bySynonym
	case strings.Contains(" "+name+" ", " "+query+" "):
		return byWord
	case strings.Contains(strings.ReplaceAll(name, " ", ""), joined):
		return bySubstring
	}
	return byNothing
}

// Resolve returns the one class that word names best, as [Labels.Find] does. If
// there are several, or none, the error is a *[ClassError].
func (l *Labels) Resolve(word string) (Class, error) {
	found, _ := l.find(word)
	if len(found) == 1 {
		return found[0], nil
	}
	return Class{}, l.classError(word, found)
}

// ResolveAll returns every class that has word as one of its names: both pandas for "panda". A word
// that is not a whole name of any class must match exactly one class, as in [Labels.Resolve].
func (l *Labels) ResolveAll(word string) ([]Class, error) {
	found, how := l.find(word)
	if len(found) == 1 || len(found) > 1 && how <= bySynonym {
		return found, nil
	}
	return nil, l.classError(word, found)
}

// ResolveEvery returns all classes that [Labels.Find] finds: those for which a search for word
// should look. The error is a *[ClassError] if there are none.
func (l *Labels) ResolveEvery(word string) ([]Class, error) {
	found, _ := l.find(word)
	if len(found) == 0 {
		return nil, l.classError(word, nil)
	}
	return found, nil
}

func (l *Labels) classError(word string, found []Class) error {
	e := &ClassError{Word: word, Ambiguous: len(found) > 0, Candidates: found, Classes: l.Len(), Named: !l.missing}
	if !e.Ambiguous {
		e.Candidates = l.nearest(word, 5)
	}
	return e
}

// nearest returns up to k classes whose names take the fewest edits from word; it leaves out those
// that share almost nothing with it.
func (l *Labels) nearest(word string, k int) []Class {
	query := fold(word)
	if query == "" || len(query) > 100 {
		return nil
	}
	type scored struct{ index, edits int }
	var all []scored
	for i, names := range l.folded {
		best := (len([]rune(query))+1)/2 + 1
		limit := best
		for _, name := range names {
			best = fewerEdits(best, query, name)
			for part := range strings.FieldsSeq(name) {
				best = min(best, fewerEdits(best-1, query, part)+1)
			}
		}
		if best < limit {
			all = append(all, scored{i, best})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.edits, b.edits) })
	var near []Class
	for _, s := range all[:min(k, len(all))] {
		near = append(near, l.Class(s.index))
	}
	return near
}

// fewerEdits returns the number of edits from query to name if it is below best, otherwise best. It
// costs nothing for names whose length alone forbids it.
func fewerEdits(best int, query, name string) int {
	if max(len(query), len(name)) > 4*(min(len(query), len(name))+best) {
		return best // a rune has at most four bytes
	}
	return min(best, names.Edits(query, name))
}
