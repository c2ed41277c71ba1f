package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

func TestRoleOf(t *testing.T) {
	for want, names := range map[role][]string{
		trainRole: {"train", "TRAIN", "Training", "seg_train", "train_set", "trainset", "train2017", "Training Data", "train (1)", "TrainingSet", "images-train",
			"trainval", "train_val", "01.train", "myTrain", "xray-Train-v2", "traindata", "TRAIN_IMAGES", "bullet train"},
		testRole:       {"test", "Testing", "images_test", "test_set", "Test (2)", "eval", "evaluation", "holdout", "hold-out", "held_out", "testdata", "test2019"},
		valRole:        {"val", "Valid", "validation", "val2017", "VAL", "valid_set", "dev", "imagesVal", "validationset"},
		unlabelledRole: {"seg_pred", "test_unlabeled", "predict"},
		noRole:         {"cat", "strain", "contest", "trains of today", "carnival", "interval", "latest", "train_test_split", "devil", "", "42", "valley", "trainer"},
	} {
		for _, name := range names {
			if got := roleOf(name); got != want {
				t.Errorf("role of %q is %d, want %d", name, got, want)
			}
		}
	}
}

// layoutOf makes a folder of small pictures at the given paths, "a/b/*3" for three of them.
func layoutOf(t *testing.T, paths string) string {
	t.Helper()
	dir := t.TempDir()
	x := tensor.New(1, 3, 2, 2)
	picture := filepath.Join(t.TempDir(), "x.png")
	if err := preprocess.WritePNG(picture, x, nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(paths) {
		path = strings.ReplaceAll(path, "~", " ")
		folder, n := filepath.Split(path)
		var count int
		if _, err := fmt.Sscanf(n, "*%d", &count); err != nil {
			t.Fatal(path, err)
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range count {
			put(t, filepath.Join(dir, folder, fmt.Sprint(i, ".png")), data)
		}
	}
	return dir
}

// What is a split and what is a class: names, how many pictures are trained on and tested with, the
// classes, and what is left out.
func TestSplits(t *testing.T) {
	for name, c := range map[string]struct {
		paths       string
		train, test string // names of the parts
		n, m        int
		classes     string
		left        string
	}{
		"plain":            {"train/a/*3 train/b/*2 test/a/*1 test/b/*1", "train", "test", 5, 2, "a b", ""},
		"Kaggle's Intel":   {"seg_train/seg_train/a/*3 seg_train/seg_train/b/*2 seg_test/seg_test/a/*1 seg_test/seg_test/b/*1 seg_pred/seg_pred/*4", "seg_train/seg_train", "seg_test/seg_test", 5, 2, "a b", "seg_pred"},
		"three parts":      {"Train/a/*3 Train/b/*2 Valid/a/*1 Valid/b/*1 Test/a/*1", "Train", "Test", 5, 1, "a b", "Valid"},
		"validation":       {"training_set/a/*3 training_set/b/*2 validation_set/a/*1 validation_set/b/*3", "training_set", "validation_set", 5, 4, "a b", ""},
		"nested once":      {"dataset/train/a/*3 dataset/train/b/*2 dataset/test/b/*2", "dataset/train", "dataset/test", 5, 2, "a b", ""},
		"blanks":           {"Training~Data/a/*3 Training~Data/b/*2 Testing~Data/a/*1", "Training Data", "Testing Data", 5, 1, "a b", ""},
		"copy":             {"train/a/*3 train/b/*2 train~(1)/a/*3 train~(1)/b/*2 test/a/*1", "train", "test", 5, 1, "a b", "train (1)"},
		"train2017":        {"train2017/a/*3 train2017/b/*2 val2017/a/*1", "train2017", "val2017", 5, 1, "a b", ""},
		"glued":            {"mytrain/a/*3 mytrain/b/*2 mytest/a/*1 mytest/b/*1", "mytrain", "mytest", 5, 2, "a b", ""},
		"only one":         {"train/a/*7 train/b/*6", "train", "", 12, 1, "a b", ""},
		"unlabelled test":  {"train/a/*7 train/b/*6 test/*5", "train", "", 12, 1, "a b", "test"},
		"other classes":    {"train/a/*7 train/b/*6 val/images/*5", "train", "", 12, 1, "a b", "val"},
		"empty test":       {"train/a/*7 train/b/*6 test/*0", "train", "", 12, 1, "a b", "test"},
		"beside":           {"train/a/*3 train/b/*2 test/a/*1 samples/*4", "train", "test", 5, 1, "a b", "samples"},
		"packed twice":     {"train/a/*3 train/b/*2 test/a/*1 x/train/a/*3 x/train/b/*2", "train", "test", 5, 1, "a b", "x"},
		"classes first":    {"cat/train/*4 cat/test/*1 dog/train/*3 dog/test/*2 dog/val/*1", "*/train", "*/test", 7, 3, "cat dog", "*/val"},
		"trains in splits": {"train/train/*3 train/car/*2 test/train/*1 test/car/*1", "train", "test", 5, 2, "car train", ""},

		"a train, a car, a bus":   {"train/*9 car/*6 bus/*5", "", "", 18, 2, "bus car train", ""},
		"a test":                  {"test/*9 control/*6", "", "", 14, 1, "control test", ""},
		"trains in albums":        {"train/steam/*9 car/*6 bus/*5", "", "", 18, 2, "bus car train", ""},
		"bullet train":            {"bullet~train/*9 steam~train/*6 plane/*5", "", "", 18, 2, "bullet train plane steam train", ""},
		"albums of the same name": {"cat/in/*4 cat/out/*4 dog/in/*4 dog/out/*8", "", "", 18, 2, "cat dog", ""},
		"one folder further down": {"pictures/cat/*9 pictures/dog/*11", "", "", 18, 2, "cat dog", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Open(layoutOf(t, c.paths), OpenOptions{Size: 8})
			if err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, l := range p.LeftOut {
				left = append(left, l.Name)
				if !strings.Contains(p.String(), l.Name+" left out ("+l.Why+")") || l.Why == "" {
					t.Errorf("%q does not say that %s is left out", p.String(), l.Name)
				}
			}
			if p.TrainName != c.train || p.TestName != c.test || p.Train.Len() != c.n || p.Test.Len() != c.m || p.HeldOut != (c.test == "") {
				t.Errorf("%d pictures of %q to train on, %d of %q to test, held out %v; want %d of %q, %d of %q",
					p.Train.Len(), p.TrainName, p.Test.Len(), p.TestName, p.HeldOut, c.n, c.train, c.m, c.test)
			}
			if got := strings.Join(p.Train.Classes(), " "); got != c.classes || !slices.Equal(p.Train.Classes(), p.Test.Classes()) {
				t.Errorf("classes %s and %v, want %s", got, p.Test.Classes(), c.classes)
			}
			if got := strings.Join(left, " "); got != c.left {
				t.Errorf("left out: %q, want %q", got, c.left)
			}
			if isClass := strings.Contains(c.classes, "train") && c.train == ""; isClass && roleOf(c.classes) != noRole && !strings.Contains(p.String(), "taken for a class") {
				t.Errorf("%q does not say what train was taken for", p.String())
			}
		})
	}
}

// Where it is open what a folder is, that is an error.
func TestSplitsRefuse(t *testing.T) {
	for name, c := range map[string]struct{ paths, want string }{
		"loose":          {"train/*3 test/*2", "lie in no folders of classes"},
		"none to train":  {"test/a/*3 test/b/*1 val/a/*1 val/b/*1", "no folder to train on"},
		"split or class": {"train/a/*3 train/b/*3 docs/*2", "train may be a part to train on or a class, beside docs"},
		"its classes":    {"train/a/*3 train/b/*3 a/*2 b/*2", "train may be a part to train on or a class"},
		"more classes":   {"train/a/*3 train/b/*3 test/a/*2 test/c/*2", "different classes, a, b and a, c"},
		"one class":      {"train/a/*3 test/a/*2", "a classifier needs two classes or more"},
	} {
		dir := layoutOf(t, c.paths)
		_, err := Open(dir, OpenOptions{Size: 8})
		wantError(t, name, err, c.want, dir)
	}
}

// Links to folders are followed, but not round and round.
func TestSplitsLinks(t *testing.T) {
	dir := layoutOf(t, "train/a/*3 train/b/*2 test/a/*1")
	far := layoutOf(t, "*2")
	for link, to := range map[string]string{"train/c": far, "train/a/up": dir, "loop": dir} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	p, err := Open(dir, OpenOptions{Size: 8})
	if err != nil || p.Train.Len() != 7 || !slices.Equal(p.Train.Classes(), []string{"a", "b", "c"}) {
		t.Errorf("%+v, %v: want 7 pictures of three classes", p, err)
	}
}
