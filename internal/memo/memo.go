// Package memo remembers between runs what was computed of files, in the user's cache. A [Shelf] is
// a private folder. Each of its [Book]s is one file: the answers for the files of one folder.
//
// It is only a cache. Whatever is damaged, forged, too large, too open or too old is not believed
// and made again, and where nothing can be kept, everything works without: nothing here fails.
package memo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
)

// Bounds of a shelf. Tests lower them.
var (
	maxBook  int64 = 64 << 20  // bytes of a file, some 130,000 pictures
	maxShelf int64 = 512 << 20 // bytes of all files; those that were used longest ago go first
	maxAge         = 180 * 24 * time.Hour
)

// bookName are the files of a shelf; oldName are those that earlier versions made there.
var (
	bookName = regexp.MustCompile(`^[0-9a-f]{64}\.memo$`)
	oldName  = regexp.MustCompile(`^[0-9a-f]{16}\.db$`)
)

// A Shelf is a folder of books.
type Shelf struct {
	dir     string
	about   string
	trouble error // why nothing can be kept; nil while all is well
}

// Open opens a folder, which it makes if necessary and closes to other users. About names what the
// answers depend on besides the file itself: books of another about are not seen.
func Open(dir, about string) *Shelf {
	s := &Shelf{dir: dir, about: about}
	if dir == "" {
		s.trouble = errors.New("there is no cache folder")
		return s
	}
	s.trouble = s.prepare()
	return s
}

// Trouble returns why not everything could be kept, or nil.
func (s *Shelf) Trouble() error { return s.trouble }

func (s *Shelf) prepare() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	if !ours(info) {
		return fmt.Errorf("%s belongs to another user", s.dir)
	}
	wide := tooOpen(info)
	if wide == 0 {
		return nil
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return err
	}
	if wide&0o022 != 0 { // others may have put something there
		s.each(func(path string, _ fs.FileInfo) { os.RemoveAll(path) })
	}
	return nil
}

// each calls f with all books, and with what earlier versions left.
func (s *Shelf) each(f func(path string, info fs.FileInfo)) {
	entries, _ := os.ReadDir(s.dir)
	for _, e := range entries {
		if !bookName.MatchString(e.Name()) && !oldName.MatchString(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil {
			f(filepath.Join(s.dir, e.Name()), info)
		}
	}
}

// Book returns the answers for the files of one folder.
func (s *Shelf) Book(folder string) *Book {
	b := &Book{shelf: s, key: sha256.Sum256([]byte(s.about + "\x00" + folder)), used: map[string]bool{}}
	if s.trouble == nil {
		b.path = filepath.Join(s.dir, fmt.Sprintf("%x.memo", b.key))
	}
	b.entries = b.load()
	return b
}

// Tidy removes what is too old, and then what was used longest ago until the rest is small enough.
func (s *Shelf) Tidy() {
	if s.trouble != nil {
		return
	}
	type book struct {
		path string
		info fs.FileInfo
	}
	var all []book
	var total int64
	s.each(func(path string, info fs.FileInfo) {
		if oldName.MatchString(info.Name()) || !info.Mode().IsRegular() || time.Since(info.ModTime()) > maxAge {
			os.RemoveAll(path)
			return
		}
		all, total = append(all, book{path, info}), total+info.Size()
	})
	slices.SortFunc(all, func(a, b book) int { return a.info.ModTime().Compare(b.info.ModTime()) })
	for _, b := range all {
		if total <= maxShelf {
			break
		}
		if os.Remove(b.path) == nil {
			total -= b.info.Size()
		}
	}
}

// A Book has the answers for the files of one folder, by the name of the file.
type Book struct {
	shelf   *Shelf
	path    string // "" if nothing can be kept
	key     [sha256.Size]byte
	entries map[string]entry
	used    map[string]bool // names that were asked for or put
	unsaved int
}

// Get returns the answer for a file if it is still the same file.
func (b *Book) Get(name string, id files.Identity) ([]byte, bool) {
	b.used[name] = true
	e, ok := b.entries[name]
	if !ok || e.id != id {
		return nil, false
	}
	return e.value, true
}

// Put remembers an answer of at most 64 KiB. Now and then it saves the book: so rarely that all
// saving together is little work, and so often that a killed process loses little.
func (b *Book) Put(name string, id files.Identity, value []byte) {
	if len(name) > maxField || len(value) > maxField {
		return
	}
	b.used[name] = true
	b.entries[name] = entry{id, value}
	if b.unsaved++; b.unsaved >= max(64, len(b.entries)/8) {
		b.Save()
	}
}

// Save writes the book, with what other processes have added to it meanwhile and without the names
// that nobody has asked for, whose files are gone.
func (b *Book) Save() {
	if b.unsaved == 0 || b.path == "" {
		return
	}
	b.unsaved = 0
	all := map[string]entry{}
	for name, e := range b.load() {
		if _, known := b.entries[name]; !known {
			all[name] = e
		}
	}
	for name := range b.used {
		if e, ok := b.entries[name]; ok {
			all[name] = e
		}
	}
	content := encode(b.key, all)
	if info, err := os.Lstat(b.path); err == nil && info.IsDir() {
		os.RemoveAll(b.path)
	}
	err := atomicfile.WritePrivate(b.path, func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil && b.shelf.trouble == nil {
		b.shelf.trouble = err
	}
}

// load reads the file; a file that cannot be believed is like none.
func (b *Book) load() map[string]entry {
	none := map[string]entry{}
	if b.path == "" {
		return none
	}
	f, err := files.OpenOwn(b.path, os.O_RDONLY, 0)
	if err != nil {
		return none
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > maxBook || !ours(info) {
		return none
	}
	wide := tooOpen(info)
	if wide&0o022 != 0 || wide != 0 && f.Chmod(0o600) != nil {
		return none
	}
	content, err := io.ReadAll(io.LimitReader(f, maxBook+1))
	if err != nil {
		return none
	}
	entries, ok := decode(b.key, content)
	if !ok {
		return none
	}
	if now := time.Now(); now.Sub(info.ModTime()) > 24*time.Hour { // it is in use
		os.Chtimes(b.path, now, now)
	}
	return entries
}
