package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parts are the pictures to train on and those to test with, and where they are from.
type Parts struct {
	Train, Test Source
	Origin
}

// An Origin says which parts of a data set are used for what.
type Origin struct {
	// folder, array or file trained on; "" where the data has no names for parts
	TrainName string    `json:"train,omitempty"`
	TestName  string    `json:"test,omitempty"` // the part tested with; "" if pictures are held out
	HeldOut   bool      `json:"held_out"`       // every tenth picture is held out to test with
	LeftOut   []LeftOut `json:"left_out,omitempty"`
	Notes     []string  `json:"notes,omitempty"` // what was assumed
}

// String describes the origin in words; it is "" if there is nothing to say.
func (o Origin) String() string {
	var out []string
	if o.TrainName != "" {
		out = append(out, "trained on "+o.TrainName)
		if o.TestName != "" {
			out = append(out, "tested with "+o.TestName)
		} else if o.HeldOut {
			out = append(out, "tested with every tenth picture of it")
		}
	}
	for _, l := range o.LeftOut {
		out = append(out, fmt.Sprintf("%s left out (%s)", l.Name, l.Why))
	}
	return strings.Join(append(out, o.Notes...), "; ")
}

// numberClasses renumbers the classes of sets in memory so that every class has pictures in at
// least one part. If classes have no names, their numbers in the file become their names: labels 1
// to 3, or 0, 50 and 100, are three classes.
func (p *Parts) numberClasses() {
	sets := []labelledSet{labelsOf(p.Train)}
	if p.Test != nil {
		sets = append(sets, labelsOf(p.Test))
	}
	var seen []bool
	for _, s := range sets {
		if s.labels == nil {
			return
		}
		for _, l := range s.labels {
			seen = append(seen, make([]bool, max(0, l+1-len(seen)))...)
			seen[l] = true
		}
	}
	var all []int
	for l, ok := range seen {
		if ok {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return
	}
	numbered := *sets[0].names == nil
	old := namesOf(*sets[0].names, all)
	if len(all) < len(old) {
		p.note(all, old, numbered)
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = strconv.Itoa(l)
		if !numbered && l < len(old) {
			names[i] = old[l]
		}
	}
	for _, s := range sets {
		for i, l := range s.labels {
			s.labels[i], _ = slices.BinarySearch(all, l)
		}
		*s.names = names
	}
	learned := make([]bool, len(names))
	for _, l := range sets[0].labels {
		learned[l] = true
	}
	var missing []string
	for i, ok := range learned {
		if !ok {
			missing = append(missing, names[i])
		}
	}
	if len(missing) > 0 {
		p.Notes = append(p.Notes, "no picture to train on has the label "+shorten(missing))
	}
}

// note says that some classes have no pictures.
func (p *Parts) note(all []int, old []string, numbered bool) {
	var have, lack []string
	for i, name := range old {
		if _, ok := slices.BinarySearch(all, i); ok {
			have = append(have, name)
		} else if len(lack) <= 8 {
			lack = append(lack, name)
		}
	}
	if numbered {
		p.Notes = append(p.Notes, fmt.Sprintf("the labels are %s: %d classes of these names", shorten(have), len(have)))
		return
	}
	p.Notes = append(p.Notes, fmt.Sprintf("no picture is of the class %s: %d classes are left", shorten(lack), len(have)))
}

// A labelledSet is the part of a set in memory that may be renumbered.
type labelledSet struct {
	labels []int
	names  *[]string
}

func labelsOf(s Source) labelledSet {
	switch s := s.(type) {
	case *Set:
		return labelledSet{s.Labels, &s.Names}
	case *Packed:
		return labelledSet{s.Labels, &s.Names}
	}
	return labelledSet{}
}
