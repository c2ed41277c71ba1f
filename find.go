package hoodwink

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sort"

	"hoodwink/dataset"
	"hoodwink/internal/files"
	"hoodwink/internal/memo"
	"hoodwink/model"
	"hoodwink/preprocess"
)

// indexedClasses is the number of classes that the index keeps for a picture. The others have so
// little probability that no search for them should find the picture.
const indexedClasses = 50

// An Index remembers the likeliest classes of picture files for one model, so that a folder is
// classified once and later searches are instant. A file counts as unchanged while its path, size,
// modification time and, where the system has them, inode and time of change are the same.
//
// The index is a cache: whatever is wrong with it, its folder or the disk, searches work, and give
// the same results.
type Index struct {
	shelf *memo.Shelf
	books map[string]*memo.Book // by folder
	m     *model.Model
}

// A Found is one picture that a search found.
type Found struct {
	File string `json:"file"`
	// summed over the classes searched for; if labels are independent, that of the likeliest
	Prob float64 `json:"prob"`
	// those of the classes searched for that the picture was found by, likeliest first
	Class []model.Prediction `json:"class"`
}

// A FindResult is the answer to one search.
type FindResult struct {
	Matches    []Found           `json:"matches"` // likeliest first
	Pictures   int               `json:"pictures"`
	Classified int               `json:"classified"` // pictures that were not in the index yet
	Unreadable map[string]string `json:"unreadable,omitempty"`
	// of them, pictures for which the model gives NaN or an infinity
	NotFinite int `json:"not_finite,omitempty"`
}

// OpenIndex opens the index of a model in a folder of the cache, which it creates if necessary and
// closes to other users. If dir is "" or cannot be used, nothing is remembered; see [Index.Trouble].
// Several processes may search with the same index.
func OpenIndex(dir string, m *model.Model) *Index {
	return &Index{shelf: memo.Open(dir, indexKey(m)), books: map[string]*memo.Book{}, m: m}
}

// Trouble returns why what was classified could not be kept for the next search, or nil.
func (x *Index) Trouble() error { return x.shelf.Trouble() }

// indexKey names what the probabilities in an index depend on: the network, the
// preprocessing, and the layout of the entries.
func indexKey(m *model.Model) string {
	spec, err := json.Marshal(m.Spec)
	if err != nil {
		panic(err) // plain values only
	}
	return fmt.Sprintf("3 %s %s %d %s", m.Hash, m.Outputs, m.Labels.Len(), spec)
}

// Find ranks the pictures of a folder by the probability of the given classes. Pictures that the
// index does not know are classified first. Progress, if not nil, is called with the number that is
// done. Finished work is kept when ctx ends. Matches holds the pictures whose probability is at
// least atLeast.
func (x *Index) Find(
	ctx context.Context, dir string, classes []int, atLeast float64, l preprocess.Limits, threads int,
	progress func(done, total int),
) (*FindResult, error) {
	pictures, err := dataset.Walk(dir)
	if err != nil {
		return nil, err
	}
	res := &FindResult{Matches: []Found{}, Pictures: len(pictures), Unreadable: map[string]string{}}
	known := make(map[string][]model.Prediction, len(pictures))
	var todo []string
	for _, f := range pictures {
		if top, ok := x.lookup(f); ok {
			known[f] = top
		} else {
			todo = append(todo, f)
		}
	}
	if err := x.classify(ctx, todo, known, res, l, threads, progress); err != nil {
		return nil, err
	}
	wanted := map[int]bool{}
	for _, c := range classes {
		wanted[c] = true
	}
	for _, f := range pictures {
		hit := Found{File: f}
		for _, p := range known[f] {
			if wanted[p.Index] {
				if hit.Prob += p.Prob; x.m.MultiLabel() {
					hit.Prob = max(hit.Prob-p.Prob, p.Prob)
				}
				hit.Class = append(hit.Class, p)
			}
		}
		if len(hit.Class) > 0 && hit.Prob >= atLeast {
			res.Matches = append(res.Matches, hit)
		}
	}
	sort.SliceStable(res.Matches, func(i, j int) bool { return res.Matches[i].Prob > res.Matches[j].Prob })
	return res, nil
}

// classify fills in the pictures the index does not know.
func (x *Index) classify(
	ctx context.Context, todo []string, known map[string][]model.Prediction, res *FindResult, l preprocess.Limits,
	threads int, progress func(done, total int),
) error {
	if len(todo) == 0 {
		return nil
	}
	predictor, err := x.m.Predictor(threads)
	if err != nil {
		return err
	}
	defer x.save()
	for i, f := range todo {
		if err := ctx.Err(); err != nil {
			return err
		}
		if progress != nil {
			progress(i, len(todo))
		}
		before, _ := files.Identify(f)
		pic, err := preprocess.ReadFile(f, l)
		if err != nil {
			res.Unreadable[f] = err.Error()
			continue
		}
		logits, err := predictor.Logits(pic)
		if err != nil {
			res.Unreadable[f] = err.Error()
			if errors.As(err, new(*model.NotFiniteError)) {
				res.NotFinite++
			}
			continue
		}
		known[f] = x.m.Top(logits, indexedClasses)
		if now, err := files.Identify(f); err == nil && now == before { // else it changed meanwhile
			x.store(f, now, known[f])
		}
		res.Classified++
	}
	return nil
}

// save writes what was found out, and bounds the cache.
func (x *Index) save() {
	for _, b := range x.books {
		b.Save()
	}
	x.shelf.Tidy()
}

// book returns the book of a file's folder, and the file's name in it.
func (x *Index) book(file string) (b *memo.Book, name string, ok bool) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, "", false
	}
	dir, name := filepath.Split(path)
	if x.books[dir] == nil {
		x.books[dir] = x.shelf.Book(dir)
	}
	return x.books[dir], name, true
}

// An answer in a book is pairs of a class and its probability.
const pairBytes = 12

func (x *Index) lookup(file string) (top []model.Prediction, ok bool) {
	id, err := files.Identify(file)
	if err != nil {
		return nil, false
	}
	b, name, ok := x.book(file)
	if !ok {
		return nil, false
	}
	v, ok := b.Get(name, id)
	if !ok || len(v) != pairBytes*min(indexedClasses, x.m.Labels.Len()) {
		return nil, false
	}
	for ; len(v) > 0; v = v[pairBytes:] {
		class, prob := int(binary.LittleEndian.Uint32(v)), math.Float64frombits(binary.LittleEndian.Uint64(v[4:]))
		if class >= x.m.Labels.Len() || !(prob >= 0 && prob <= 1) {
			return nil, false
		}
		top = append(top, model.Prediction{Class: x.m.Labels.Class(class), Prob: prob})
	}
	return top, true
}

func (x *Index) store(file string, id files.Identity, top []model.Prediction) {
	b, name, ok := x.book(file)
	if !ok {
		return
	}
	var v []byte
	for _, p := range top {
		v = binary.LittleEndian.AppendUint32(v, uint32(p.Index))
		v = binary.LittleEndian.AppendUint64(v, math.Float64bits(p.Prob))
	}
	b.Put(name, id, v)
}
