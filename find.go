package hoodwink

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/preprocess"
)

// indexedClasses is the number of classes that the index keeps for a picture. The others have so
// little probability that no search for them should find the picture.
const indexedClasses = 50

var picturesBucket = []byte("pictures")

// An Index remembers the likeliest classes of picture files for one model, so that a folder is
// classified once and later searches are instant. A file counts as unchanged while its path, size
// and modification time are the same.
type Index struct {
	db *bbolt.DB
	m  *model.Model
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

// OpenIndex opens the index of a model in a folder, which it creates if necessary. It waits a few
// seconds for another process that holds it.
func OpenIndex(dir string, m *model.Model) (*Index, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, indexKey(m)+".db")
	x, err := openIndex(path, m)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s: another search is using this index; try again when it is done", path)
	}
	if err == nil {
		return x, nil
	}
	// What cannot be read is only a cache: it is made again.
	if os.Remove(path) == nil {
		x, err = openIndex(path, m)
	}
	return x, err
}

// indexKey names what the probabilities in an index depend on: the network, the
// preprocessing, and the layout of the entries.
func indexKey(m *model.Model) string {
	spec, err := json.Marshal(m.Spec)
	if err != nil {
		panic(err) // plain values only
	}
	sum := sha256.Sum256([]byte("2 " + m.Hash + " " + string(m.Outputs) + " " + string(spec)))
	return hex.EncodeToString(sum[:8])
}

func openIndex(path string, m *model.Model) (x *Index, err error) {
	defer damaged(path, &err)
	db, err := bbolt.Open(path, 0o644, &bbolt.Options{Timeout: 5 * time.Second})
	if err != nil {
		return nil, err
	}
	defer func() {
		if x == nil {
			db.Close()
		}
	}()
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(picturesBucket)
		if err != nil {
			return err
		}
		return b.ForEach(func(_, _ []byte) error { return nil }) // visits every page
	})
	if err != nil {
		return nil, err
	}
	return &Index{db: db, m: m}, nil
}

// damaged turns the panic of the database on a damaged page into an error.
func damaged(path string, err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("%s is damaged (%v); it may be deleted at any time and is made again", path, v)
	}
}

// Close releases the index.
func (x *Index) Close() error { return x.db.Close() }

// Find ranks the pictures of a folder by the probability of the given classes. Pictures that the
// index does not know are classified first. Progress, if not nil, is called with the number that is
// done. Finished work is kept when ctx ends. Matches holds the pictures whose probability is at
// least atLeast.
func (x *Index) Find(
	ctx context.Context, dir string, classes []int, atLeast float64, l preprocess.Limits, threads int,
	progress func(done, total int),
) (*FindResult, error) {
	files, err := dataset.Walk(dir)
	if err != nil {
		return nil, err
	}
	res := &FindResult{Matches: []Found{}, Pictures: len(files), Unreadable: map[string]string{}}
	known := make(map[string][]model.Prediction, len(files))
	var todo []string
	for _, f := range files {
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
	for _, f := range files {
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
	for i, f := range todo {
		if err := ctx.Err(); err != nil {
			return err
		}
		if progress != nil {
			progress(i, len(todo))
		}
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
		if err := x.store(f, known[f]); err != nil {
			return err
		}
		res.Classified++
	}
	return nil
}

// An entry is the file's modification time and size, then (class, probability) pairs.
const entryHead, entryPair = 16, 8

func stamp(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(info.ModTime().UnixNano()))
	return binary.LittleEndian.AppendUint64(b, uint64(info.Size())), nil
}

func (x *Index) lookup(file string) (top []model.Prediction, ok bool) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, false
	}
	now, err := stamp(path)
	if err != nil {
		return nil, false
	}
	x.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(picturesBucket).Get([]byte(path))
		if len(v) < entryHead || string(v[:entryHead]) != string(now) {
			return nil
		}
		ok = true
		for v = v[entryHead:]; len(v) >= entryPair; v = v[entryPair:] {
			class := int(binary.LittleEndian.Uint32(v))
			if class >= x.m.Labels.Len() {
				ok = false
				return nil
			}
			prob := math.Float32frombits(binary.LittleEndian.Uint32(v[4:]))
			top = append(top, model.Prediction{Class: x.m.Labels.Class(class), Prob: float64(prob)})
		}
		return nil
	})
	return top, ok
}

func (x *Index) store(file string, top []model.Prediction) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	v, err := stamp(path)
	if err != nil {
		return err
	}
	for _, p := range top {
		v = binary.LittleEndian.AppendUint32(v, uint32(p.Index))
		v = binary.LittleEndian.AppendUint32(v, math.Float32bits(float32(p.Prob)))
	}
	return x.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(picturesBucket).Put([]byte(path), v) })
}
