package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// file builds an npy file of any version around a header and values.
func file(version byte, header string, values ...any) []byte {
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write([]byte{version, 0})
	if version == 1 {
		binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	} else {
		binary.Write(&b, binary.LittleEndian, uint32(len(header)))
	}
	b.WriteString(header)
	for _, v := range values {
		binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

const plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		in    []byte
		shape []int
		data  []float32
	}{
		"version 1":     {file(1, plain, float32(1), float32(-2)), []int{2}, []float32{1, -2}},
		"version 2":     {file(2, plain, float32(1), float32(-2)), []int{2}, []float32{1, -2}},
		"version 3":     {file(3, plain, float32(1), float32(-2)), []int{2}, []float32{1, -2}},
		"float64":       {file(1, `{"shape":(1,2),"descr":"<f8","fortran_order":False}`, 0.1, 1e300), []int{1, 2}, []float32{0.1, float32(math.Inf(1))}},
		"no dimensions": {file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", float32(7)), []int{}, []float32{7}},
		"empty":         {file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0), }"), []int{3, 0}, nil},
		"python 2":      {file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }", float32(1), float32(2)), []int{2, 1}, []float32{1, 2}},
	} {
		shape, data, err := Read(bytes.NewReader(c.in))
		if err != nil || !slices.Equal(shape, c.shape) || !slices.Equal(data, c.data) {
			t.Errorf("%s: got %v %v, error %v; want %v %v", name, shape, data, err, c.shape, c.data)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	dict := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	}
	for name, c := range map[string]struct {
		in   []byte
		says string
	}{
		"empty file":        {nil, "ends early"},
		"text":              {[]byte("hello world"), "not an npy file"},
		"version 4":         {file(4, plain), "version 4"},
		"no header":         {file(1, plain)[:9], "ends early"},
		"half a header":     {file(1, plain)[:30], "ends early"},
		"header of 4 GB":    {append([]byte(magic+"\x02\x00"), 0xff, 0xff, 0xff, 0xff), "4294967295 bytes"},
		"half the values":   {file(1, plain, float32(1)), "1 of 2 values"},
		"more values":       {file(1, plain, float32(1), float32(2), byte(3)), "goes on"},
		"integers":          {file(1, dict("'<i4'", "False", "(2,)")), `"<i4"`},
		"words":             {file(1, dict("'<U3'", "False", "(2,)")), `type "<U3", which is text`},
		"objects":           {file(1, dict("'|O'", "False", "(2,)")), "type object"},
		"complex":           {file(1, dict("'<c8'", "False", "(2,)")), `"<c8"`},
		"no type":           {file(1, dict("''", "False", "(2,)")), `type ""`},
		"records":           {file(1, dict("[('a', '<f4')]", "False", "(2,)")), "records"},
		"short in Fortran":  {file(1, dict("'<f4'", "True", "(2,)")), "ends early"},
		"negative":          {file(1, dict("'<f4'", "False", "(-2,)")), "want a dimension"},
		"huge":              {file(1, dict("'<f4'", "False", "(1000000, 1000000)")), "at most"},
		"overflow":          {file(1, dict("'<f4'", "False", "(4294967296, 4294967296)")), "at most"},
		"beyond int":        {file(1, dict("'<f4'", "False", "(99999999999999999999,)")), "want a dimension"},
		"many dimensions":   {file(1, dict("'<f4'", "False", "("+strings.Repeat("1,", 99)+")")), "more than 32"},
		"large but missing": {file(1, dict("'<f4'", "False", "(1073741824,)")), "0 of 1073741824 values"},
		"no shape":          {file(1, "{'descr': '<f4', 'fortran_order': False}"), `"shape" is missing`},
		"key twice":         {file(1, "{'descr': '<f4', 'descr': '<f4'}"), "twice"},
		"other key":         {file(1, "{'name': 'x'}"), "unknown key"},
		"not a dictionary":  {file(1, "[]"), "want {"},
		"no end":            {file(1, "{'descr': '<f4"), "without end"},
		"more text":         {file(1, plain+"x"), "more text"},
	} {
		_, _, err := Read(bytes.NewReader(c.in))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.npy")
	if err := os.WriteFile(path, []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
	if _, _, err := ReadFile(path + ".absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want not-exist", err)
	}
}

func TestWriteFileReadsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	for _, shape := range [][]int{{}, {0}, {1}, {3}, {2, 3}, {1, 3, 64, 65}, {1 << 20}, slices.Repeat([]int{1}, maxDims)} {
		data := make([]float32, tensor.Size(shape))
		for i := range data {
			data[i] = float32(i) - 0.5
		}
		if len(data) > 2 {
			data[1], data[2] = float32(math.Inf(-1)), float32(math.NaN())
		}
		if err := WriteFile(path, shape, data); err != nil {
			t.Fatal(err)
		}
		gotShape, got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(gotShape, shape) || len(got) != len(data) {
			t.Fatalf("shape %v: read back as %v with %d values", shape, gotShape, len(got))
		}
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(data[i]) {
				t.Fatalf("shape %v: value %d is %g, want %g", shape, i, got[i], data[i])
			}
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if (len(raw)-4*len(data))%64 != 0 {
			t.Errorf("shape %v: values start at byte %d, want a multiple of 64", shape, len(raw)-4*len(data))
		}
	}
}

func TestWriteFileRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	for _, shape := range [][]int{{3}, {-1, -2}, {1 << 40, 1 << 40}, slices.Repeat([]int{1}, maxDims+1)} {
		if err := WriteFile(path, shape, make([]float32, 2)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("shape %v for 2 values: error %v, want one that names the file", shape, err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused array left a file")
	}
}

// TestGolden reads arrays that NumPy wrote.
func TestGolden(t *testing.T) {
	dir := os.Getenv("HOODWINK_DATA")
	if dir == "" {
		t.Skip("HOODWINK_DATA is not set: no golden tensors to read")
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "golden", "*.npy"))
	if len(paths) == 0 {
		t.Fatalf("no npy files in %s/golden", dir)
	}
	for _, path := range paths {
		shape, data, err := ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if i, ok := tensor.Finite(data); !ok || len(data) != tensor.Size(shape) {
			t.Errorf("%s: %d values of shape %v, value %d not finite", path, len(data), shape, i)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestReadPassesErrorsOn(t *testing.T) {
	in := file(1, plain, float32(1), float32(2))
	for n := 0; n <= len(in); n += 5 {
		_, _, err := Read(io.MultiReader(bytes.NewReader(in[:n]), failing{}))
		if err == nil || !strings.Contains(err.Error(), "disk on fire") {
			t.Errorf("input failing after %d bytes: error %v", n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(1, plain, float32(1), float32(2)))
	f.Add(file(1, "{'descr': '>f2', 'fortran_order': True, 'shape': (1, 2, 0), }"))
	f.Add(file(2, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", 1.0))
	f.Add(file(3, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", float32(3)))
	f.Add(file(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807,), }"))
	f.Fuzz(func(t *testing.T, in []byte) {
		shape, data, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		if len(data) != tensor.Size(shape) {
			t.Fatalf("%d values for shape %v", len(data), shape)
		}
		if 4*len(data) > len(in) {
			t.Fatalf("%d values from %d bytes", len(data), len(in))
		}
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := WriteFile(path, shape, data); err != nil {
			t.Fatal(err)
		}
		again, values, err := ReadFile(path)
		if err != nil || !slices.Equal(again, shape) || len(values) != len(data) {
			t.Fatalf("written %v, read %v, error %v", shape, again, err)
		}
	})
}

func ExampleWriteFile() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "gradient.npy")
	if err := WriteFile(path, []int{1, 3}, []float32{0.5, -1, 2}); err != nil {
		panic(err)
	}
	shape, data, err := ReadFile(path)
	fmt.Println(shape, data, err)
	// Output: [1 3] [0.5 -1 2] <nil>
}

// Arrays as NumPy writes them: np.arange(6).reshape(1, 2, 3) in Fortran's order, in big-endian
// types, as booleans and halves.
func TestReadArrayForms(t *testing.T) {
	big := func(values any) []byte {
		b, err := binary.Append(nil, binary.BigEndian, values)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	six := []float32{0, 1, 2, 3, 4, 5}
	for name, c := range map[string]struct {
		descr, order, shape string
		values              []byte
		want                []float32
	}{
		"Fortran, uint8":   {"|u1", "True", "(1, 2, 3)", []byte{0, 3, 1, 4, 2, 5}, six},
		"Fortran, (3,2)":   {"|u1", "True", "(3, 2)", []byte{0, 2, 4, 1, 3, 5}, six},
		"Fortran, vector":  {"|u1", "True", "(6,)", []byte{0, 1, 2, 3, 4, 5}, six},
		"Fortran, scalar":  {"|u1", "True", "()", []byte{7}, []float32{7}},
		"Fortran, nothing": {"|u1", "True", "(2, 0)", nil, nil},
		"big, float32":     {">f4", "False", "(6,)", big(six), six},
		"big, float64":     {">f8", "True", "(2, 3)", big([]float64{0, 3, 1, 4, 2, 5}), six},
		"big, int16":       {">i2", "False", "(2,)", big([]int16{-2, 300}), []float32{-2, 300}},
		"big, int64":       {">i8", "False", "(2,)", big([]int64{-2, 300}), []float32{-2, 300}},
		"big, uint32":      {">u4", "False", "(1,)", big([]uint32{1 << 20}), []float32{1 << 20}},
		"bool":             {"|b1", "False", "(3,)", []byte{0, 1, 1}, []float32{0, 1, 1}},
		"half":             {"<f2", "False", "(5,)", []byte{0, 0x3c, 0x66, 0x2e, 1, 0, 0, 0xc0, 0, 0x7c}, []float32{1, 0.0999755859375, 5.960464477539063e-08, -2, float32(math.Inf(1))}},
		"no order":         {"u1", "False", "(2,)", []byte{1, 2}, []float32{1, 2}},
	} {
		head := "{'descr': '" + c.descr + "', 'fortran_order': " + c.order + ", 'shape': " + c.shape + ", }"
		a, err := ReadArray(bytes.NewReader(append(file(1, head), c.values...)), 100)
		if err != nil || !slices.Equal(a.Data, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, a.Data, err, c.want)
		}
	}
}
