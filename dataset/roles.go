package dataset

import (
	"slices"
	"strings"
	"unicode"
)

// A role is the purpose of a part of a data set, as the name of its folder, file or array tells.
type role int

const (
	noRole role = iota
	trainRole
	testRole
	valRole
	unlabelledRole // pictures to classify, without labels
)

// roleWords are the words that tell a role, as people write them.
var roleWords = map[string]role{
	"train": trainRole, "training": trainRole, "trn": trainRole, "trainval": trainRole,
	"test": testRole, "tests": testRole, "testing": testRole, "tst": testRole, "eval": testRole, "evaluation": testRole, "holdout": testRole, "heldout": testRole,
	"val": valRole, "vali": valRole, "valid": valRole, "validate": valRole, "validation": valRole, "dev": valRole, "development": valRole,
	"pred": unlabelledRole, "predict": unlabelledRole, "prediction": unlabelledRole, "predictions": unlabelledRole,
	"unlabeled": unlabelledRole, "unlabelled": unlabelledRole,
}

// roleEndings are endings that people write behind such a word without a gap: trainset, testdata.
var roleEndings = []string{"dataset", "data", "sets", "set", "images", "image", "imgs", "img", "pictures", "pics", "files", "folder", "split", "part", "samples"}

// words splits a name at everything that is not a letter, and where a capital follows a small
// letter. It returns the words in lower case: "images_Test2017" is images, test.
func words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out, word = append(out, strings.ToLower(string(word))), nil
		}
	}
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || unicode.IsUpper(r) && small {
			end()
		}
		if unicode.IsLetter(r) {
			word = append(word, r)
		}
		small = unicode.IsLower(r)
	}
	end()
	return out
}

// wordRole returns the role that a word tells.
func wordRole(word string) role {
	if r := roleWords[word]; r != noRole {
		return r
	}
	for _, end := range roleEndings {
		if rest, ok := strings.CutSuffix(word, end); ok && roleWords[rest] != noRole {
			return roleWords[rest]
		}
	}
	return noRole
}

// roleOf returns the role that a name tells: that of the only word in it that has a role, whatever
// stands before and behind it. Train and validation together are training pictures, as in
// "trainval"; train and test together tell nothing.
func roleOf(name string) role {
	var found []role
	all := words(name)
	for i, w := range all {
		r := wordRole(w)
		if r == noRole && i > 0 {
			r = wordRole(all[i-1] + w) // "hold-out"
		}
		if r != noRole {
			found = append(found, r)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	switch {
	case len(found) == 0:
		return noRole
	case slices.Contains(found, unlabelledRole):
		return unlabelledRole
	case len(found) == 1 || slices.Equal(found, []role{trainRole, valRole}):
		return found[0]
	}
	return noRole
}

// looseRole is roleOf, and also takes words that begin or end with a word of a role: "mytrain",
// "testx". Many everyday words do (contest, strain), so the name alone is not enough evidence.
func looseRole(name string) role {
	if r := roleOf(name); r != noRole {
		return r
	}
	for _, w := range words(name) {
		for _, known := range []string{"training", "train", "testing", "test", "validation", "valid", "val"} {
			if strings.HasPrefix(w, known) || strings.HasSuffix(w, known) {
				return roleWords[known]
			}
		}
	}
	return noRole
}
