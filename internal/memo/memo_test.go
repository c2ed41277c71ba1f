package memo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hoodwink/internal/files"
)

var (
	one = files.Identity{1}
	two = files.Identity{2}
)

// shelved returns a shelf whose book of a folder has two answers, and the file of the book.
func shelved(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	b := Open(dir, "model").Book("/photos")
	b.Put("a.png", one, []byte("panda"))
	b.Put("b.png", two, []byte("vulture"))
	b.Save()
	if _, err := os.Stat(b.path); err != nil {
		t.Fatal(err)
	}
	return dir, b.path
}

// knows reports which of the two answers are remembered, and fails if one of them is wrong.
func knows(t *testing.T, dir string) (a, b bool) {
	t.Helper()
	book := Open(dir, "model").Book("/photos")
	va, a := book.Get("a.png", one)
	vb, b := book.Get("b.png", two)
	if a && string(va) != "panda" || b && string(vb) != "vulture" {
		t.Errorf("remembered %q and %q", va, vb)
	}
	return a, b
}

// mends checks that nothing is believed, and that after the next save all is remembered again.
func mends(t *testing.T, what, dir string) {
	t.Helper()
	if a, b := knows(t, dir); a || b {
		t.Errorf("%s: it is believed", what)
	}
	s := Open(dir, "model")
	b := s.Book("/photos")
	b.Put("a.png", one, []byte("panda"))
	b.Put("b.png", two, []byte("vulture"))
	b.Save()
	if a, b := knows(t, dir); !a || !b || s.Trouble() != nil {
		t.Errorf("%s: it is not made again: %v", what, s.Trouble())
	}
}

// TestDamage: a book cut at every length, with any bit flipped, or replaced by something else is
// not believed, and made again.
func TestDamage(t *testing.T) {
	dir, path := shelved(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := Open(dir, "model").Book("/photos").key
	for n := range len(whole) {
		if _, ok := decode(key, whole[:n]); ok {
			t.Errorf("%d of %d bytes are believed", n, len(whole))
		}
	}
	for i := range 8 * len(whole) {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		if _, ok := decode(key, b); ok {
			t.Errorf("bit %d is flipped, and it is believed", i)
		}
	}
	garbage := make([]byte, 5000)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(garbage); i++ {
		garbage[i] = byte(r.Uint32())
	}
	for what, b := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)/2], "longer": append(bytes.Clone(whole), 0), "zeroes": make([]byte, len(whole)), "garbage": garbage,
		"bolt": append(make([]byte, 16), 0xed, 0xda, 0x0c, 0xed), "of another version": bytes.Replace(whole, []byte("memo 1"), []byte("memo 0"), 1),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		mends(t, what, dir)
	}
}

// TestForged: content whose checksum is right, but which no program of ours writes, or which was
// written for another folder or model, is not believed.
func TestForged(t *testing.T) {
	dir, path := shelved(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := len(magic) + sha256.Size
	body := whole[head : len(whole)-sha256.Size]
	sealed := func(entries []byte) []byte {
		b := append(bytes.Clone(whole[:head]), entries...)
		sum := sha256.Sum256(b)
		return append(b, sum[:]...)
	}
	if !bytes.Equal(sealed(body), whole) {
		t.Fatal("the test seals in another way")
	}
	for what, b := range map[string][]byte{
		"a name twice": sealed(append(bytes.Clone(body), body...)), "an entry cut": sealed(body[:len(body)-1]), "three bytes more": sealed(append(bytes.Clone(body), 1, 2, 3)),
		"a path": sealed(bytes.Replace(body, []byte("a.png"), []byte("../.p"), 1)),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		mends(t, what, dir)
	}
	other := Open(dir, "another model").Book("/photos")
	if err := os.WriteFile(other.path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string]*Book{"model": Open(dir, "another model").Book("/photos"), "folder": Open(dir, "model").Book("/other")} {
		if _, ok := b.Get("a.png", one); ok {
			t.Errorf("the answers of another %s are believed", what)
		}
	}
}

// TestIdentity: an answer is that for one state of the file.
func TestIdentity(t *testing.T) {
	dir, _ := shelved(t)
	if _, ok := Open(dir, "model").Book("/photos").Get("a.png", two); ok {
		t.Error("another file has the answer")
	}
}

// TestPlanted: links, folders and second names where a book belongs are replaced, not followed.
func TestPlanted(t *testing.T) {
	dir, path := shelved(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	for what, plant := range map[string]func() error{
		"link":   func() error { return os.Symlink(elsewhere, path) },
		"name":   func() error { return os.Link(elsewhere, path) },
		"folder": func() error { return os.MkdirAll(filepath.Join(path, "in", "it"), 0o700) },
	} {
		os.RemoveAll(path)
		if err := os.WriteFile(elsewhere, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := plant(); err != nil {
			t.Logf("%s: not tried: %v", what, err)
			continue
		}
		mends(t, what, dir)
		if b, err := os.ReadFile(elsewhere); err != nil || !bytes.Equal(b, whole) {
			t.Errorf("%s: the file elsewhere was changed (%v)", what, err)
		}
	}
}

// TestTwoAtOnce: two processes add to one book; none loses what the other has saved before.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	first, second := Open(dir, "model").Book("/photos"), Open(dir, "model").Book("/photos")
	first.Put("a.png", one, []byte("panda"))
	second.Put("b.png", two, []byte("vulture"))
	first.Save()
	second.Save()
	if a, b := knows(t, dir); !a || !b {
		t.Errorf("remembered: %v and %v", a, b)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			b := Open(dir, "model").Book("/photos")
			for n := range 20 {
				b.Put(fmt.Sprintf("%d-%d.png", i, n), one, []byte("x"))
				b.Save()
			}
			if err := b.shelf.Trouble(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	whole := 0
	for i, got := 0, Open(dir, "model").Book("/photos").entries; i < 4; i++ {
		n := 0
		for n < 20 && got[fmt.Sprintf("%d-%d.png", i, n)].value != nil {
			n++
		}
		if n == 20 {
			whole++
		}
	}
	if whole == 0 {
		t.Error("after all, not even the answers of the one that saved last are there")
	}
}

// TestForgets: what is not asked for any more, what is too much and what is too old goes.
func TestForgets(t *testing.T) {
	dir, path := shelved(t)
	b := Open(dir, "model").Book("/photos") // of which a.png is gone
	b.Get("b.png", two)
	b.Put("c.png", one, []byte("dog"))
	b.Save()
	if a, b := knows(t, dir); a || !b {
		t.Errorf("a file that is gone: %v; one that is there: %v", a, b)
	}
	small, shelf := maxBook, maxShelf
	defer func() { maxBook, maxShelf = small, shelf }()
	maxBook = 1000
	for i := range 100 {
		b.Put(fmt.Sprintf("%02d.png", i), one, make([]byte, 100))
	}
	b.Save()
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxBook || len(Open(dir, "model").Book("/photos").entries) < 5 {
		t.Errorf("a full book: %v, %v", info, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "0123456789abcdef.db"), []byte("an earlier version"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-100 * 24 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		b := Open(dir, "model").Book(fmt.Sprint("/", i))
		b.Put("a.png", one, make([]byte, 500))
		b.Save()
	}
	maxShelf = 2000
	Open(dir, "model").Tidy()
	left := 0
	Open(dir, "model").each(func(string, os.FileInfo) { left++ })
	if _, err := os.Stat(path); err == nil || left != 3 || !files.Is(filepath.Join(dir, "notes")) {
		t.Errorf("%d files are left, the oldest of them with %v", left, err)
	}
	mine := Open(dir, "model").Book("/0").path
	ancient := time.Now().Add(-2 * maxAge)
	if err := os.Chtimes(mine, ancient, ancient); err != nil {
		t.Fatal(err)
	}
	if Open(dir, "model").Tidy(); files.Is(mine) {
		t.Error("an ancient book is kept")
	}
}

// TestSavesOnTheWay: a process that is killed loses at most 64 answers of a small book, and saving
// a large one is not done for each answer.
func TestSavesOnTheWay(t *testing.T) {
	dir := t.TempDir()
	b := Open(dir, "model").Book("/photos")
	saves := 0
	for i := range 2000 {
		before := b.unsaved
		if b.Put(fmt.Sprint(i), one, []byte("x")); b.unsaved <= before {
			saves++
		}
	}
	if saves < 10 || saves > 2000/64 {
		t.Errorf("%d saves", saves)
	}
	if n := len(b.load()); n < 2000*7/8-64 {
		t.Errorf("%d of 2000 answers are saved", n)
	}
}
