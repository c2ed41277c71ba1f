package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// idx returns files in MNIST's format: pictures 2x2 of as many labels.
func idx(labels ...byte) (images, names []byte) {
	n := byte(len(labels))
	return append([]byte{0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 2, 0, 0, 0, 2}, make([]byte, 4*len(labels))...), append([]byte{0, 0, 8, 1, 0, 0, 0, n}, labels...)
}

// Labels that do not begin at 0, or have gaps, become the names of the classes that there are.
func TestLabelsBecomeNames(t *testing.T) {
	numbers := []byte{1, 2, 3, 1, 2, 3}
	for name, c := range map[string]struct {
		labels, test []byte
		names        string
		note         string
	}{
		"from 0":      {[]byte{0, 1, 2, 0}, nil, "0 1 2", ""},
		"from 1":      {numbers, nil, "1 2 3", "the labels are 1, 2, 3: 3 classes of these names"},
		"gaps":        {[]byte{0, 50, 100, 0}, nil, "0 50 100", "0, 50, 100"},
		"test's":      {numbers, []byte{2, 3}, "1 2 3", "3 classes"},
		"test only's": {numbers, []byte{7}, "1 2 3 7", "no picture to train on has the label 7"},
	} {
		for _, kind := range []string{"idx", "npz", "csv"} {
			dir := t.TempDir()
			at := dir
			write := func(part string, labels []byte) {
				switch kind {
				case "idx":
					x, y := idx(labels...)
					put(t, filepath.Join(dir, part+"-images-idx3-ubyte"), x)
					put(t, filepath.Join(dir, part+"-labels-idx1-ubyte"), y)
				case "csv":
					at = filepath.Join(dir, "train.csv")
					text := "label,pixel0,pixel1,pixel2,pixel3\n"
					for _, l := range labels {
						text += fmt.Sprintf("%d,0,1,2,255\n", l)
					}
					put(t, filepath.Join(dir, part+".csv"), []byte(text))
				}
			}
			write("train", c.labels)
			if c.test != nil {
				write("test", c.test)
			}
			if kind == "npz" {
				at = filepath.Join(dir, "set.npz")
				arrays := map[string][]byte{}
				for part, labels := range map[string][]byte{"train": c.labels, "test": c.test} {
					if labels != nil {
						arrays["x_"+part] = npyBytes(t, "|u1", []int{len(labels), 2, 2}, make([]byte, 4*len(labels)))
						arrays["y_"+part] = npyBytes(t, "|u1", []int{len(labels)}, labels)
					}
				}
				npzFile(t, at, arrays)
			}
			p, err := Open(at, OpenOptions{})
			if err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
				continue
			}
			if got := strings.Join(p.Train.Classes(), " "); got != c.names || !slices.Equal(p.Test.Classes(), p.Train.Classes()) {
				t.Errorf("%s, %s: classes %s and %v, want %s", name, kind, got, p.Test.Classes(), c.names)
			}
			x := make([]float32, 4)
			for i := range c.labels[:3] {
				label, _ := p.Train.Picture(x, 0, i)
				if got := p.Train.Classes()[label]; got != fmt.Sprint(c.labels[i]) {
					t.Errorf("%s, %s: picture %d is of class %s, want %d", name, kind, i, got, c.labels[i])
				}
			}
			if c.test != nil {
				if label, _ := p.Test.Picture(x, 0, 0); p.Test.Classes()[label] != fmt.Sprint(c.test[0]) {
					t.Errorf("%s, %s: the first test picture is of class %s, want %d", name, kind, p.Test.Classes()[label], c.test[0])
				}
			}
			if !strings.Contains(p.String(), c.note) || c.note == "" && strings.Contains(p.String(), "labels") {
				t.Errorf("%s, %s: %q does not say %q", name, kind, p.String(), c.note)
			}
		}
	}
}

// Of CIFAR-10 there remain the classes that have pictures.
func TestCIFARLabels(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		put(t, filepath.Join(dir, fmt.Sprintf("data_batch_%d.bin", i+1)), slices.Concat(cifarRecordOf(byte(1+i%3)), cifarRecordOf(2)))
	}
	p, err := Open(dir, OpenOptions{})
	if err != nil || !slices.Equal(p.Train.Classes(), []string{"automobile", "bird", "cat"}) || !strings.Contains(p.String(), "no picture is of the class airplane") {
		t.Errorf("%+v, %v: want three classes", p, err)
	}
}

// The names that files in MNIST's format have in the world.
func TestIDXNames(t *testing.T) {
	x, y := idx(0, 1, 0, 1, 0, 1, 0, 1, 0, 1)
	for _, c := range []struct {
		names string // of images and labels to train on, perhaps of those to test with
		test  bool
	}{
		{"train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte", true},
		{"train-images.idx3-ubyte train-labels.idx1-ubyte t10k-images.idx3-ubyte t10k-labels.idx1-ubyte", true},
		{"train-images.idx3-ubyte.gz train-labels.idx1-ubyte.gz", false},
		{"train-images-idx3-ubyte/train-images-idx3-ubyte train-labels-idx1-ubyte/train-labels-idx1-ubyte t10k-images-idx3-ubyte/t10k-images-idx3-ubyte t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte", true},
		{"emnist-letters-train-images-idx3-ubyte.gz emnist-letters-train-labels-idx1-ubyte.gz emnist-letters-test-images-idx3-ubyte.gz emnist-letters-test-labels-idx1-ubyte.gz", true},
		{"TRAIN-IMAGES.IDX3-UBYTE TRAIN-LABELS.IDX1-UBYTE", false},
		{"train_images.idx train_labels.idx test_images.idx test_labels.idx", true},
		{"train-images-idx3-ubyte~(1).gz train-labels-idx1-ubyte~(1).gz", false},
		{"train-images.gz train-labels.gz t10k-images.gz t10k-labels.gz", true},
		{"images.idx3-ubyte labels.idx1-ubyte", false},
		{"images-train.idx3 labels-train.idx1 images-test.idx3 labels-test.idx1", true},
		{"k49-train-imgs k49-train-lbls", false},
	} {
		dir := t.TempDir()
		for i, name := range strings.Fields(c.names) {
			data := [][]byte{x, y}[i%2]
			if strings.HasSuffix(name, ".gz") {
				data = packed(data)
			}
			put(t, filepath.Join(dir, strings.ReplaceAll(name, "~", " ")), data)
		}
		p, err := Open(dir, OpenOptions{})
		if err != nil || p.HeldOut == c.test || p.Train.Len()+p.Test.Len() != map[bool]int{false: 10, true: 20}[c.test] {
			t.Errorf("%s: %+v, %v", c.names, p, err)
		}
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "train-images.idx3-ubyte"), x)
	_, err := Open(dir, OpenOptions{})
	wantError(t, "no labels", err, "train-images.idx3-ubyte, but no file with their labels", dir)
	put(t, filepath.Join(dir, "emnist-digits-train-labels-idx1-ubyte"), y)
	_, err = Open(dir, OpenOptions{})
	wantError(t, "two sets", err, "several sets", "emnist-digits")
	dir = t.TempDir()
	put(t, filepath.Join(dir, "t10k-images-idx3-ubyte"), x)
	put(t, filepath.Join(dir, "t10k-labels-idx1-ubyte"), y)
	_, err = Open(dir, OpenOptions{})
	wantError(t, "only a test part", err, "no pictures to train", dir)
}

// The names that arrays have in the world.
func TestArrayNames(t *testing.T) {
	x, y := npyBytes(t, "|u1", []int{10, 2, 2}, make([]byte, 40)), npyBytes(t, "<i8", []int{10}, []int64{0, 1, 0, 1, 0, 1, 0, 1, 0, 1})
	for names, want := range map[string]string{
		"x y": "x ", "X y": "X ", "images labels": "images ", "data target target_names": "data ", "arr_0 arr_1": "arr_0 ",
		"x_train y_train x_test y_test": "x_train x_test",
		"X_train Y_train X_val Y_val":   "X_train X_val",
		"trainX trainY testX testY":     "trainX testX",
		"xtrain ytrain xtest ytest":     "xtrain xtest",
		"train_images train_labels val_images val_labels test_images test_labels": "train_images test_images",
		"train/images train/labels": "train/images ",
	} {
		arrays := map[string][]byte{}
		for _, n := range strings.Fields(names) {
			arrays[n] = x
			if w := words(n); slices.ContainsFunc(w, func(s string) bool { return slices.Contains(labelWords, s) || strings.HasPrefix(s, "y") }) || n == "arr_1" {
				arrays[n] = y
			}
		}
		path := filepath.Join(t.TempDir(), "set.npz")
		npzFile(t, path, arrays)
		p, err := Open(path, OpenOptions{})
		if err != nil || p.TrainName+" "+p.TestName != want {
			t.Errorf("%s: %+v, %v", names, p, err)
			continue
		}
		if strings.Contains(names, "val_images") != (len(p.LeftOut) == 1) {
			t.Errorf("%s: left out %v", names, p.LeftOut)
		}
		dir := t.TempDir() // the same as files
		for n, data := range arrays {
			put(t, filepath.Join(dir, strings.ReplaceAll(n, "/", "_")+".npy"), data)
		}
		first := strings.ReplaceAll(strings.Fields(names)[0], "/", "_")
		if first == "arr_0" {
			continue
		}
		if p, err = Open(filepath.Join(dir, first+".npy"), OpenOptions{}); err != nil || p.TrainName != first || p.HeldOut != strings.HasSuffix(want, " ") {
			t.Errorf("%s as files: %+v, %v", names, p, err)
		}
	}
}

// Pictures of all types of numbers that people keep.
func TestArrayTypes(t *testing.T) {
	y := npyBytes(t, "<i8", []int{2}, []int64{0, 1})
	for name, c := range map[string]struct {
		x    []byte
		want float32 // the second value
		err  string
	}{
		"bool":             {npyBytes(t, "|b1", []int{2, 1, 2}, []byte{0, 1, 0, 0}), 1, ""},
		"int64":            {npyBytes(t, "<i8", []int{2, 1, 2}, []int64{0, 51, 255, 0}), .2, ""},
		"int32, too large": {npyBytes(t, "<i4", []int{2, 1, 2}, []int32{0, 51, 256, 0}), 0, "value 0 of picture 1 is 256: want whole numbers from 0 to 255"},
		"int32 of 0 and 1": {npyBytes(t, "<i4", []int{2, 1, 2}, []int32{0, 1, 1, 0}), 0, "all of 0 and 1"},
		"bytes of 0 and 1": {npyBytes(t, "|u1", []int{2, 1, 2}, []byte{0, 1, 1, 0}), 0, "all of 0 and 1"},
		"flat":             {npyBytes(t, "|u1", []int{2, 4}, []byte{0, 51, 0, 0, 0, 0, 0, 0}), .2, ""},
		"flat, no square":  {npyBytes(t, "|u1", []int{2, 3}, make([]byte, 6)), 0, "pictures of shape [2 3]"},
	} {
		path := filepath.Join(t.TempDir(), "set.npz")
		npzFile(t, path, map[string][]byte{"x": c.x, "y": y})
		s, err := Arrays(path, "train")
		if c.err != "" {
			wantError(t, name, err, c.err)
			continue
		}
		if err != nil || s.Images.Data[1] != c.want {
			t.Errorf("%s: %v, %v, want %g", name, s, err, c.want)
		}
	}
}

// Labels as one-hot rows are the places of their ones; other rows are refused.
func TestOneHotLabels(t *testing.T) {
	x := npyBytes(t, "|u1", []int{3, 1, 2}, []byte{0, 51, 255, 0, 0, 0})
	for name, c := range map[string]struct {
		y    []float32
		want string
	}{
		"one-hot":     {[]float32{0, 0, 1, 1, 0, 0, 0, 1, 0}, ""},
		"two":         {[]float32{0, 0, 1, 1, 1, 0, 0, 1, 0}, "those of picture 1 are not one 1"},
		"none":        {[]float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, "those of picture 0 are not one 1"},
		"likelihoods": {[]float32{0, 0, 1, 1, 0, 0, .2, .8, 0}, "those of picture 2 are not one 1"},
	} {
		path := filepath.Join(t.TempDir(), "set.npz")
		npzFile(t, path, map[string][]byte{"x": x, "y": npyBytes(t, "<f4", []int{3, 3}, c.y)})
		s, err := Arrays(path, "train")
		if c.want != "" {
			wantError(t, name, err, c.want, "labels.argmax(1)")
			continue
		}
		if err != nil || !slices.Equal(s.Labels, []int{2, 0, 1}) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// Pictures to test with that have no labels are left out, and this is said.
func TestArraysAlone(t *testing.T) {
	x, y := npyBytes(t, "|u1", []int{3, 1, 2}, []byte{0, 51, 255, 0, 0, 0}), npyBytes(t, "<i8", []int{3}, []int64{0, 1, 0})
	path := filepath.Join(t.TempDir(), "set.npz")
	npzFile(t, path, map[string][]byte{"x_train": x, "y_train": y, "x_test": x})
	p, err := Open(path, OpenOptions{})
	if err != nil || !p.HeldOut || len(p.LeftOut) != 1 || p.LeftOut[0].Name != "x_test" {
		t.Errorf("%+v, %v: want x_test left out", p, err)
	}
}

func TestTable(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"named":        {"label,1x1,1x2,2x1,2x2\n3,0,51,255,0\n1,0,0,0,0\n", ""},
		"bare":         {"\ufeff3,0,51,255,0\r\n1,0,0,0,0\r\n", ""},
		"label at end": {"p0,p1,p2,p3,Class\n0,51,255,0,3\n0,0,0,0,1\n", ""},
		"no square":    {"label,a,b\n1,2,3\n", "3 columns: want a label and the pixels of a square"},
		"too large":    {"3,0,51,256,0\n", "line 1, column 4 is \"256\""},
		"words":        {"label,a,b,c,d\n3,0,x,1,0\n", "line 2, column 3 is \"x\""},
		"semicolons":   {"label;a;b;c;d\n3;0;51;255;0\n1;0;0;0;0\n", ""},
		"tabs":         {"3\t0\t51\t255\t0\n1\t0\t0\t0\t0", ""},
		"UTF-16":       {"\xff\xfe3\x00,\x00", "it is UTF-16: save it as UTF-8"},
		"ragged":       {"3,0,51,255,0\n1,0\n", "wrong number of fields"},
		"no line":      {"label,a,b,c,d\n", "no line of pixels"},
		"nothing":      {"", "no line of pixels"},
	} {
		p, err := Table(strings.NewReader(c.text), "some.csv")
		if c.want != "" {
			wantError(t, name, err, c.want, "some.csv")
			continue
		}
		if err != nil || !slices.Equal(p.Labels, []int{3, 1}) || !slices.Equal(p.Pixels, []byte{0, 51, 255, 0, 0, 0, 0, 0}) || !slices.Equal(p.Size, []int{1, 2, 2}) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("label,a,b,c,d\n3,0,51,255,0\n")
	f.Add("3,0,51,255,0\n1,\"0\",0,0,0\n")
	f.Add("3,0,1e300,NaN,-0\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Table(strings.NewReader(text), "fuzz"); err == nil && (p.Len() == 0 || len(p.Pixels) != p.Len()*p.Size[1]*p.Size[2]) {
			t.Fatalf("%d labels, %d pixels", p.Len(), len(p.Pixels))
		}
	})
}

func FuzzRoleOf(f *testing.F) {
	for _, s := range []string{"seg_train", "Training Data", "hold-out", "\xff", "ÄtestÖ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if r := roleOf(name); r != noRole && looseRole(name) != r {
			t.Fatalf("%q has the role %d, and loosely %d", name, r, looseRole(name))
		}
	})
}
