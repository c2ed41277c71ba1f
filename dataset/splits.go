package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A LeftOut is a part of the data that is neither trained on nor tested with.
type LeftOut struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// A division is a folder divided into parts.
type division struct {
	train, test         *tree // test is nil if there is none
	trainName, testName string
	left                []LeftOut
	notes               []string
}

// divide finds out whether the folders of a data set are classes, or splits that contain the
// classes. Splits contain folders of classes, and classes contain pictures. So a folder is a split
// if its name says so and it has folders with pictures, but no pictures itself. These are names of
// splits:
//
//   - train, training, test, testing, val, valid, validation, dev, eval, holdout, in any case,
//     with anything before and behind: seg_train, "Training Data", train2017, images_test;
//   - a name that only begins or ends like one (mytrain), if the folder has the same folders as
//     another.
//
// A class may be called "train" too. A folder with pictures is a class. So is one with folders if
// at least two others beside it are not splits and have other folders. If the question stays open,
// it is an error. Each class may also have its own splits: cat/train, cat/test, dog/train.
func divide(root *tree) (*division, error) {
	t := root.unwrapRoot()
	if d := classesFirst(t); d != nil {
		return d, nil
	}
	var splits, others []*tree
	for _, k := range t.full() {
		if isSplit(k, t) {
			splits = append(splits, k)
		} else {
			others = append(others, k)
		}
	}
	formed := slices.IndexFunc(splits, func(k *tree) bool { return len(k.unwrap().full()) > 0 })
	switch {
	case len(splits) == 0:
		return &division{train: t, notes: alike(others)}, nil
	case formed < 0 && len(others) == 0:
		return nil, fmt.Errorf("dataset: the pictures of %s lie in no folders of classes: want one folder for each class in each of them", baseNames(splits))
	case formed < 0 || !confirmed(splits, others):
		if formed >= 0 && (len(others) < 2 || slices.ContainsFunc(others, func(o *tree) bool { return slices.Contains(splits[formed].unwrap().classNames(), o.base) })) {
			return nil, fmt.Errorf("dataset: %s may be a part to train on or a class, beside %s: name the folder that has the classes, or take the others out of it",
				splits[formed].name, baseNames(others))
		}
		return &division{train: t, notes: []string{fmt.Sprintf("%s taken for a class: it lies beside the classes %s", baseNames(splits), baseNames(others))}}, nil
	}
	empty := slices.IndexFunc(t.kids, func(k *tree) bool { return k.total == 0 && roleOf(k.base) == trainRole })
	if empty >= 0 && !slices.ContainsFunc(splits, func(k *tree) bool { return looseRole(k.base) == trainRole }) {
		return nil, fmt.Errorf("dataset: the folder %s has no pictures to train on", t.kids[empty].name)
	}
	d, err := choose(splits)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		d.left = append(d.left, LeftOut{o.name, "its name is not that of a split"})
	}
	for _, k := range t.kids {
		if k.total == 0 && roleOf(k.base) != noRole {
			d.left = append(d.left, LeftOut{k.name, "it has no pictures"})
		}
	}
	return d, nil
}

// isSplit reports whether the name of a folder of t is that of a split. A name that is only similar
// needs another folder of t with the same classes.
func isSplit(k, t *tree) bool {
	if roleOf(k.base) != noRole {
		return true
	}
	return looseRole(k.base) != noRole && len(k.files) == 0 && slices.ContainsFunc(t.full(), func(o *tree) bool {
		return o != k && looseRole(o.base) != noRole && len(o.files) == 0 && o.unwrap().shares(k.unwrap())
	})
}

// confirmed reports whether folders with names of splits are splits: either there are no other
// folders, or two of all the folders have the same classes.
func confirmed(splits, others []*tree) bool {
	if len(others) == 0 {
		return true
	}
	all := slices.Concat(splits, others)
	for _, a := range splits {
		for _, b := range all {
			if a != b && len(a.files) == 0 && len(b.files) == 0 && a.unwrap().shares(b.unwrap()) {
				return true
			}
		}
	}
	return false
}

// choose says which splits are used. If several have the same purpose, it takes the one with the
// shortest name; test pictures are better than validation pictures.
func choose(splits []*tree) (*division, error) {
	slices.SortStableFunc(splits, func(a, b *tree) int {
		return cmp.Or(cmp.Compare(looseRole(a.base), looseRole(b.base)), cmp.Compare(len(a.base), len(b.base)))
	})
	d := &division{}
	var labelled []*tree
	for _, s := range splits {
		switch {
		case len(s.unwrap().full()) == 0:
			d.left = append(d.left, LeftOut{s.name, "its pictures lie in no folders of classes"})
		case looseRole(s.base) == unlabelledRole:
			d.left = append(d.left, LeftOut{s.name, "it has pictures to classify"})
		default:
			labelled = append(labelled, s)
		}
	}
	switch {
	case len(labelled) == 0:
		return nil, fmt.Errorf("dataset: the pictures of %s lie in no folders of classes: want one folder for each class", baseNames(splits))
	case looseRole(labelled[0].base) != trainRole && len(labelled) > 1:
		return nil, fmt.Errorf("dataset: %s, but no folder to train on: name the one that has the pictures", baseNames(labelled))
	}
	d.train = labelled[0].unwrap()
	d.trainName = d.train.name
	for _, s := range labelled[1:] {
		inner := s.unwrap()
		if slices.Contains(d.train.classNames(), firstName(s)) && len(s.full()) == 1 {
			inner = s // the only class of a small test part
		}
		switch {
		case looseRole(s.base) == trainRole:
			d.left = append(d.left, LeftOut{s.name, d.trainName + " is trained on"})
		case d.test != nil:
			d.left = append(d.left, LeftOut{s.name, d.testName + " is tested with"})
		case !inner.shares(d.train):
			d.left = append(d.left, LeftOut{s.name, "it has none of the classes that are trained on"})
		default:
			d.test, d.testName = inner, inner.name
		}
	}
	return d, nil
}

func firstName(t *tree) string {
	return t.full()[0].base
}

// classesFirst returns the division of a folder whose classes each have splits of their own, or
// nil.
func classesFirst(t *tree) *division {
	parts := map[role]*tree{trainRole: {}, testRole: {}, valRole: {}}
	names := map[role]string{}
	for _, class := range t.full() {
		seen := map[role]bool{}
		for _, k := range class.full() {
			r := roleOf(k.base)
			if parts[r] == nil || seen[r] || len(k.files) == 0 {
				return nil
			}
			seen[r] = true
			parts[r].kids = append(parts[r].kids, &tree{name: class.name, base: class.base, kids: []*tree{k}, total: k.total})
			names[r] = "*/" + k.base
		}
		if len(class.files) > 0 || !seen[trainRole] || roleOf(class.base) != noRole {
			return nil
		}
	}
	if len(parts[trainRole].kids) < 2 {
		return nil
	}
	d := &division{train: parts[trainRole], trainName: names[trainRole]}
	for _, r := range []role{testRole, valRole} {
		switch {
		case len(parts[r].kids) == 0:
		case d.test == nil:
			d.test, d.testName = parts[r], names[r]
		default:
			d.left = append(d.left, LeftOut{names[r], d.testName + " is tested with"})
		}
	}
	return d
}

// baseNames lists folders for a message.
func baseNames(trees []*tree) string {
	var names []string
	for _, t := range trees {
		names = append(names, t.name)
	}
	return strings.ReplaceAll(shorten(names), "\n", " ")
}
