package hoodwink

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/filelock"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/report"
)

// manyPictures draws pictures: of names that clash, in folders, and one file that is none.
func manyPictures(t *testing.T) (*model.Model, []ManyPicture) {
	t.Helper()
	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var list []ManyPicture
	for i, name := range []string{"a.png", "A.jpg", "sub/a.png", "sub/b.png", "bad.png", "c.png"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		x, err := dataset.Draw(i%3, uint64(i), 40+8*i)
		if err == nil {
			err = preprocess.WritePNG(path, x, nil)
		}
		if err == nil && name == "bad.png" {
			err = os.WriteFile(path, []byte("no picture"), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, ManyPicture{path, name})
	}
	return m, list
}

// outcomes runs a request, and returns what came of the pictures.
func (r ManyRequest) outcomes(t *testing.T) []*Outcome {
	t.Helper()
	var all []*Outcome
	if err := FoolMany(t.Context(), r, func(o *Outcome) error { all = append(all, o); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// tree returns the files of a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFoolMany: each picture ends in one state, the folder has those that fool and no others, and each file
// has the bytes of a run alone.
func TestFoolMany(t *testing.T) {
	m, list := manyPictures(t)
	dir := filepath.Join(t.TempDir(), "out")
	r := ManyRequest{Pictures: list, Dir: dir}
	r.FoolRequest = FoolRequest{Model: m, Criterion: attack.Targeted{Class: 1}, Attack: attacks.BIM{Steps: 12, StepSize: 4. / 255}, Eps: 24. / 255}
	all := r.outcomes(t)
	var tally Tally
	files := tree(t, dir)
	delete(files, journalName)
	for i, o := range all {
		tally.Add(o)
		if o.Picture != list[i].Path {
			t.Errorf("outcome %d is of %s", i, o.Picture)
		}
		f := r.FoolRequest
		f.Input, f.Output = o.Picture, filepath.Join(t.TempDir(), "alone.png")
		alone, err := Fool(t.Context(), f)
		if o.State == report.Unreadable {
			if err == nil || o.Error == "" || o.Result != nil || list[i].Name != "bad.png" {
				t.Errorf("%s: %+v, alone %v", list[i].Name, o, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if (o.State == report.AlreadyWrong) != (alone.Verdict == report.NothingToDo) || (o.State == report.Fooled) != (alone.Verdict == report.Fooled) {
			t.Errorf("%s: %s, alone %s", list[i].Name, o.State, alone.Verdict)
		}
		name, _ := filepath.Rel(dir, o.File)
		if (o.State == report.Fooled) != (o.File != "") {
			t.Errorf("%s: %s with the file %q", list[i].Name, o.State, o.File)
		}
		if data, _ := os.ReadFile(f.Output); o.File != "" && files[filepath.ToSlash(name)] != string(data) {
			t.Errorf("%s: alone the file has other bytes", list[i].Name)
		}
		delete(files, filepath.ToSlash(name))
	}
	if tally.AlreadyWrong == 0 || tally.Fooled < 2 || tally.Unreadable != 1 || tally.Pictures != 6 || len(files) != 0 {
		t.Errorf("%+v; files besides: %v", tally, slices.Collect(func(yield func(string) bool) {
			for name := range files {
				yield(name)
			}
		}))
	}
	r.Eps, r.Dir = 0.6/255, filepath.Join(t.TempDir(), "weak")
	tally = Tally{}
	for _, o := range r.outcomes(t) {
		tally.Add(o)
	}
	if left := tree(t, r.Dir); tally.Fooled > 0 || tally.Resisted == 0 || len(left) != 1 {
		t.Errorf("%+v, with %d files", tally, len(left))
	}
}

// TestManyGoOn: from whatever a run has left, the next one ends in the same files and the same outcomes.
func TestManyGoOn(t *testing.T) {
	m, list := manyPictures(t)
	r := ManyRequest{Pictures: list, Dir: filepath.Join(t.TempDir(), "whole")}
	r.FoolRequest = FoolRequest{Model: m, NotOwn: true, Attack: attacks.Smallest{Base: attacks.BIM{Steps: 5}}, Eps: 64. / 255}
	want := r.outcomes(t)
	whole := tree(t, r.Dir)
	journal := whole[journalName]
	lay := func(t *testing.T, files map[string]string) {
		r.Dir = filepath.Join(t.TempDir(), "again")
		for name, content := range files {
			path := filepath.Join(r.Dir, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(t *testing.T, attacked int) {
		t.Helper()
		steps := 0
		seen := map[string]bool{}
		r.Observe = func(attack.Step) { steps++ }
		var got []*Outcome
		err := FoolMany(t.Context(), r, func(o *Outcome) error {
			if steps > 0 {
				seen[o.Picture] = true
			}
			steps = 0
			got = append(got, o)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if attacked >= 0 && len(seen) != attacked {
			t.Errorf("%d pictures were attacked, want %d", len(seen), attacked)
		}
		for i, o := range got {
			a, b := *o, *want[i]
			if a.Result != nil {
				x, y := *a.Result, *b.Result
				x.Output, y.Output = "", ""
				a.Result, b.Result = &x, &y
			}
			a.File, b.File = filepath.Base(a.File), filepath.Base(b.File)
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			if !bytes.Equal(x, y) {
				t.Errorf("%s, want %s", x, y)
			}
		}
		left := tree(t, r.Dir)
		lines := strings.SplitAfter(left[journalName], "\n")
		known := strings.SplitAfter(journal, "\n")
		slices.Sort(lines)
		slices.Sort(known)
		if !reflect.DeepEqual(lines, known) {
			t.Errorf("the journal is %s", left[journalName])
		}
		left[journalName] = journal
		if !reflect.DeepEqual(left, whole) {
			t.Error("the files are others")
		}
	}
	t.Run("whole", func(t *testing.T) { lay(t, whole); check(t, 0) })
	for at := 0; at < len(journal); at += len(journal)/7 - 3 {
		t.Run("torn", func(t *testing.T) {
			files := map[string]string{}
			for name, content := range whole {
				files[name] = content
			}
			files[journalName] = journal[:at]
			lay(t, files)
			check(t, -1)
		})
	}
	t.Run("a picture is gone, another changed", func(t *testing.T) {
		files, changed := map[string]string{}, 0
		for name, content := range whole {
			if strings.HasSuffix(name, ".png") && changed < 2 {
				if changed++; changed == 1 {
					continue
				}
				content = content[:100]
			}
			files[name] = content
		}
		lay(t, files)
		r.Dir = filepath.Clean(r.Dir)
		got := r.outcomes(t)
		left := tree(t, r.Dir)
		delete(left, journalName) // which has new lines for these two
		for name, content := range left {
			if content != whole[name] {
				t.Errorf("%s has other bytes", name)
			}
		}
		if len(got) != len(want) || len(left) != len(whole)-1 {
			t.Errorf("%d outcomes, %d files", len(got), len(left))
		}
	})
	t.Run("other settings", func(t *testing.T) {
		lay(t, whole)
		other := r
		other.Eps, other.Seed = 1./255, 4
		var refused *JournalError
		err := FoolMany(t.Context(), other, func(*Outcome) error { return nil })
		if !errors.As(err, &refused) || !reflect.DeepEqual(refused.Differs, []string{"eps", "seed"}) || refused.Hint() == "" {
			t.Errorf("%v", err)
		}
		if !reflect.DeepEqual(tree(t, r.Dir), whole) {
			t.Error("something was written")
		}
	})
	t.Run("somebody else writes there", func(t *testing.T) {
		lay(t, whole)
		release, err := filelock.Folder(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		var busy *filelock.BusyError
		if err := FoolMany(t.Context(), r, func(*Outcome) error { return nil }); !errors.As(err, &busy) {
			t.Errorf("%v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		lay(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		r.Observe = nil
		err := FoolMany(ctx, r, func(*Outcome) error {
			if n++; n == 2 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || n != 2 {
			t.Errorf("%v after %d pictures", err, n)
		}
		check(t, -1)
	})
}

// TestOutcomeTable: a row has as many cells as the head, and no cell is a formula.
func TestOutcomeTable(t *testing.T) {
	least := 3. / 255
	var b bytes.Buffer
	err := WriteOutcomes(&b, []*Outcome{
		{Picture: "=cmd()", State: report.Unreadable, Error: "not\na picture"},
		{Picture: "a.png", State: report.Fooled, File: "b.png", Result: &report.Fool{
			Before: []report.Prediction{{Label: "+cat", Prob: 0.5}}, Top: []report.Prediction{{Label: "dog", Prob: 0.25}}, Linf: 1, LeastEps: &least,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if rows[1][0] != "'=cmd()" || strings.Contains(rows[1][len(rows[1])-1], "\n") || rows[2][3] != "'+cat" || rows[2][6] != "0.25" {
		t.Errorf("%q", rows)
	}
}

// FuzzManyJournal: whatever a journal has, it is read or refused, and no result lies outside its folder.
func FuzzManyJournal(f *testing.F) {
	first := []byte(`{"version":"1","eps":"0.1"}`)
	f.Add([]byte("{\"version\":\"1\",\"eps\":\"0.1\"}\n{\"picture\":\"a\",\"file\":\"a.png\",\"result\":{}}\n"))
	f.Add([]byte("{\"version\":\"1\",\"eps\":\"0.1\"}\n{\"picture\":\"a\",\"file\":\"../a.png\",\"result\":{}}\nx"))
	f.Add([]byte("{\"version\":\"2\"}\n"))
	f.Fuzz(func(t *testing.T, have []byte) {
		j := newJournal("out")
		good, err := readLines("out", have, first, j.take)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		for _, o := range j.done {
			if o.File != "" && !strings.HasPrefix(o.File, "out") {
				t.Errorf("a file is %s", o.File)
			}
		}
		again, err := readLines("out", good, first, newJournal("out").take)
		if err != nil || !bytes.Equal(good, again) {
			t.Errorf("what is whole is read as %q, %v", again, err)
		}
	})
}
