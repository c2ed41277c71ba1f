package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hoodwink/internal/advice"
)

// nothing is an input of zeros without end.
type nothing struct{ io.Reader }

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// gz writes a file that begins with head and goes on with n zeros, packed.
func gz(t *testing.T, path, head string, n int64) {
	t.Helper()
	put(t, path, nil)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	io.WriteString(z, head)
	io.CopyN(z, nothing{}, n)
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// npz writes an archive of pictures and labels; zeros follow the given beginnings.
func npz(t *testing.T, path, x string, zeros int64, y string, labels int64) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, a := range []struct {
		name, head string
		zeros      int64
	}{{"x.npy", x, zeros}, {"y.npy", y, labels}} {
		w, err := z.Create(a.name)
		if err == nil {
			_, err = io.WriteString(w, a.head)
		}
		if err == nil {
			_, err = io.CopyN(w, nothing{}, a.zeros)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	put(t, path, b.Bytes())
}

// allocated returns the bytes that a function allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

func npyHead(descr, fortran string, shape ...int) string {
	dims := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]")
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s,), }\n", descr, fortran, dims)
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(head)))) + head
}

func idxHead(dims ...uint32) string {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return string(b)
}

// Data of every kind is refused where it would take more than its limit: by what its header
// promises, or as the data arrives. Not much more than the limit is allocated until then.
func TestDataLimit(t *testing.T) {
	const limit = 8 << 20
	for name, c := range map[string]struct {
		make func(dir string) string
		want string
	}{
		"npz of half a megabyte that unpacks to 512 MB": {func(dir string) string {
			npz(t, dir+"/bomb.npz", npyHead("|u1", "False", 1<<19, 32, 32), 1<<29, npyHead("|u1", "False", 1<<19), 1<<19)
			return dir + "/bomb.npz"
		}, "bomb.npz: x.npy: 524288 times 1056 bytes: the data set would take 528 MB of memory, more than the limit of 8 MB"},
		"pictures of one value": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "False", 1<<40, 1, 1), 1<<10, npyHead("|u1", "False", 1<<40), 1<<10)
			return dir + "/x.npz"
		}, "1099511627776 times 33 bytes: the data set would take 33 TB"},
		"floats": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("<f2", "False", 3000, 32, 32), 6<<20, npyHead("|u1", "False", 3000), 3000)
			return dir + "/x.npz"
		}, "3000 times 4128 bytes"},
		"Fortran's order": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "True", 6000, 32, 32), 6000<<10, npyHead("|u1", "False", 6000), 6000)
			return dir + "/x.npz"
		}, "6000 times 2112 bytes"},
		"both parts together": {func(dir string) string {
			for part, n := range map[string]int{"train": 5000, "test": 4000} {
				put(t, dir+"/x_"+part+".npy", append([]byte(npyHead("|u1", "False", n, 32, 32)), bytes.Repeat([]byte{7}, n<<10)...))
				put(t, dir+"/y_"+part+".npy", append([]byte(npyHead("|u1", "False", n)), make([]byte, n)...))
			}
			return dir + "/x_train.npy"
		}, "x_test.npy: 4000 times 1056 bytes: the data set would take 9.1 MB"},
		"labels that are too many": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "False", 2, 2, 2), 8, npyHead("|u1", "False", 1<<40), 1<<26)
			return dir + "/x.npz"
		}, "y.npy: 2 pictures but 1099511627776 labels"},
		"rows of labels": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "False", 2, 2, 2), 8, npyHead("|u1", "False", 2, 1<<40), 1<<26)
			return dir + "/x.npz"
		}, "y.npy: labels of shape [2 1099511627776]"},
		"an array that is longer than announced": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "False", 2, 2, 2), 1<<24, npyHead("|u1", "False", 2), 2)
			return dir + "/x.npz"
		}, "x.npy: npy array of shape [2 2 2]: the file goes on behind its last value"},
		"an array that is shorter than announced": {func(dir string) string {
			npz(t, dir+"/x.npz", npyHead("|u1", "False", 6000, 32, 32), 10, npyHead("|u1", "False", 6000), 6000)
			return dir + "/x.npz"
		}, "0 of 6144000 values"},
		"a list of entries": {func(dir string) string {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			for i := range 100_000 {
				z.CreateRaw(&zip.FileHeader{Name: fmt.Sprint("x", i)})
			}
			z.Close()
			put(t, dir+"/x.npz", b.Bytes())
			return dir + "/x.npz"
		}, "its list of entries has more than the limit of 4 MB"},
		"idx": {func(dir string) string {
			gz(t, dir+"/train-images-idx3-ubyte.gz", idxHead(1<<31, 1<<31, 1<<31), 1<<20)
			gz(t, dir+"/train-labels-idx1-ubyte.gz", idxHead(2), 2)
			return dir
		}, "train-images-idx3-ubyte.gz: dimensions [2147483648 2147483648 2147483648]: 2147483648 times"},
		"idx that is longer than announced": {func(dir string) string {
			gz(t, dir+"/train-images-idx3-ubyte.gz", idxHead(2, 2, 2), 1<<24)
			gz(t, dir+"/train-labels-idx1-ubyte.gz", idxHead(2), 2)
			return dir
		}, "more than the 8 values"},
		"idx labels": {func(dir string) string {
			gz(t, dir+"/train-images-idx3-ubyte.gz", idxHead(2, 2, 2), 8)
			gz(t, dir+"/train-labels-idx1-ubyte.gz", idxHead(1<<31), 1<<26)
			return dir
		}, "train-labels-idx1-ubyte.gz: dimensions [2147483648]: 2147483648 times"},
		"CIFAR-10": {func(dir string) string {
			for i := range 5 {
				gz(t, fmt.Sprintf("%s/data_batch_%d.bin.gz", dir, i+1), "", 1000*cifarRecord)
			}
			return dir
		}, "data_batch_3.bin.gz: picture 702: 1 times 3104 bytes: the data set would take 8 MB"},
		"a table": {func(dir string) string {
			put(t, dir+"/x.csv.gz", packed([]byte(strings.Repeat("1"+strings.Repeat(",0", 1024)+"\n", 8000))))
			return dir + "/x.csv.gz"
		}, "x.csv.gz: line 7937: 1 times 1057 bytes"},
		"a line without end":         {table(t, "1,0,0,0,0\n", "7", 1<<24), "a line has more than the limit of 4 MB"},
		"a quoted value without end": {table(t, "1,0,0,0,0\n\"", "7\n", 1<<24), "a line has more than the limit of 4 MB"},
		"empty lines without end":    {table(t, "1,0,0,0,0\n", "\n", 1<<24), "a line has more than the limit of 4 MB"},
		"values without end":         {table(t, "1", ",1", 1<<24), "a line has more than the limit of 4 MB"},
		"drawings":                   {func(string) string { return "sketchbook" }, "drawings of 64 x 64: 20000 times 12320 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.make(t.TempDir())
			var err error
			most := int64(8 * limit)
			if strings.Contains(c.want, "a line") {
				most += 100 * maxLine // what encoding/csv makes of a line
			}
			if got := allocated(func() { _, err = Open(path, OpenOptions{MaxBytes: limit}) }); got > most {
				t.Errorf("%d MB allocated", got>>20)
			}
			wantError(t, name, err, c.want)
			var large *TooLargeError
			if strings.Contains(c.want, "times") && (!errors.As(err, &large) || !strings.Contains(advice.Of(err), "--max-data")) {
				t.Errorf("%T with the hint %q", err, advice.Of(err))
			}
		})
	}
}

// table returns a function that writes a table of head and then n times text.
func table(t *testing.T, head, text string, n int) func(dir string) string {
	return func(dir string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, head)
		part := strings.Repeat(text, 1<<16)
		for range n >> 16 {
			io.WriteString(z, part)
		}
		z.Close()
		put(t, dir+"/x.csv.gz", b.Bytes())
		return dir + "/x.csv.gz"
	}
}

// A folder of pictures is refused before the first of them is decoded.
func TestDataLimitOfFolders(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		put(t, filepath.Join(dir, fmt.Sprint(i%2), fmt.Sprint(i, ".png")), []byte("not a picture"))
	}
	_, err := Open(dir, OpenOptions{Size: 256, MaxBytes: 3 << 20})
	wantError(t, "folder", err, "the pictures of "+dir+" at 256 x 256: 20 times 196640 bytes: the data set would take 3.8 MB of memory, more than the limit of 3 MB")
	_, err = Open(dir, OpenOptions{Size: 256, MaxBytes: 4 << 20})
	wantError(t, "folder within the limit", err, "png")
	_, err = Open(dir, OpenOptions{MaxBytes: -1})
	wantError(t, "limit", err, "a limit of -1 bytes")
}

// Two arrays of one name are not data.
func TestArraysOfOneName(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"x.npy", "y.npy", "x"} {
		z.Create(name)
	}
	z.Close()
	path := filepath.Join(t.TempDir(), "x.npz")
	put(t, path, b.Bytes())
	_, err := Open(path, OpenOptions{})
	wantError(t, "names", err, `it has two arrays of the name "x"`)
}
