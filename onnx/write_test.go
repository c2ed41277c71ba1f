package onnx

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/tensor"
)

var keep = flag.String("keep", "", "folder to keep what TestWrite writes, for bench/peers/exported.py")

func written(t *testing.T, net *nn.Network, o WriteOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, net, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reread reads what Write wrote.
func reread(t *testing.T, file []byte) *nn.Network {
	t.Helper()
	m, err := Read(bytes.NewReader(file), "")
	if err != nil {
		t.Fatal(err)
	}
	net, err := m.Build()
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// results runs a network on a batch of random input, and returns that, its scores and
// the gradient of these in a random direction. All depends on r alone.
func results(t *testing.T, net *nn.Network, batch int, positive bool, r *rand.Rand) (x, y, dx *tensor.Tensor) {
	t.Helper()
	s, err := net.NewSession(nn.SessionOptions{Batch: batch, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Input().Data {
		v := float32(r.NormFloat64())
		if positive {
			v = 0.1 + max(v, -v)
		}
		s.Input().Data[i] = v
	}
	out := s.Forward()
	dy := tensor.New(out.Shape...)
	for i := range dy.Data {
		dy.Data[i] = float32(r.NormFloat64())
	}
	x, y = s.Input().Clone(), out.Clone()
	return x, y, s.Backward(dy).Clone()
}

// TestWrite: what is read is what was written, to the bit where that is possible.
func TestWrite(t *testing.T) {
	for i, c := range writeCases(rand.New(rand.NewPCG(4, 1))) {
		t.Run(fmt.Sprintf("%d %T %s %v", i, c.layer, c.layer.Kind(), c.in), func(t *testing.T) {
			net := c.network(t)
			file := written(t, net, WriteOptions{})
			again := reread(t, file)
			if !bytes.Equal(file, written(t, net, WriteOptions{})) {
				t.Error("written twice, the bytes differ")
			}
			if again.Input().Name != "input" || again.Name() != "net" {
				t.Errorf("network %q reads %q", again.Name(), again.Input().Name)
			}
			batches := []int{1, 3}
			if net.Mixes() {
				batches = batches[:1]
			}
			for _, batch := range batches {
				x, y, dx := results(t, net, batch, needsPositive(c.layer), rand.New(rand.NewPCG(4, 2)))
				_, gotY, gotDX := results(t, again, batch, needsPositive(c.layer), rand.New(rand.NewPCG(4, 2)))
				compare(t, "scores", gotY.Data, y.Data, c.near)
				compare(t, "gradient", gotDX.Data, dx.Data, c.near)
				keepCase(t, fmt.Sprintf("%03d_%s", i, c.layer.Kind()), file, x, y)
			}
		})
	}
}

// TestWriteZoo: architectures as PyTorch exports them, written and read again, compute the
// same bits.
func TestWriteZoo(t *testing.T) {
	files, err := filepath.Glob("testdata/zoo/*/*.onnx")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d networks in testdata/zoo: %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(filepath.Dir(path)) + "_" + strings.TrimSuffix(filepath.Base(path), ".onnx")
		t.Run(name, func(t *testing.T) {
			net, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			file := written(t, net, WriteOptions{})
			again := reread(t, file)
			batch := 2
			if net.Mixes() {
				batch = 1
			}
			x, y, dx := results(t, net, batch, false, rand.New(rand.NewPCG(4, 5)))
			_, gotY, gotDX := results(t, again, batch, false, rand.New(rand.NewPCG(4, 5)))
			compare(t, "scores", gotY.Data, y.Data, false)
			compare(t, "gradient", gotDX.Data, dx.Data, false)
			keepCase(t, "zoo_"+name, file, x, y)
		})
	}
}

// keepCase writes a model with an input and its scores, if that is asked for.
func keepCase(t *testing.T, name string, file []byte, x, y *tensor.Tensor) {
	t.Helper()
	if *keep == "" {
		return
	}
	at := filepath.Join(*keep, name)
	err := errors.Join(os.WriteFile(at+".onnx", file, 0o644), npy.WriteFile(at+".x.npy", x.Shape, x.Data), npy.WriteFile(at+".y.npy", y.Shape, y.Data))
	if err != nil {
		t.Fatal(err)
	}
}

// needsPositive reports whether a layer makes NaN of negative numbers.
func needsPositive(l nn.Layer) bool {
	switch l := l.(type) {
	case *nn.Unary:
		return l.Op == nn.Log || l.Op == nn.Sqrt
	case *nn.Binary:
		return l.Op == nn.Pow
	case *nn.Power:
		return l.Power != float32(int(l.Power))
	}
	return false
}

func compare(t *testing.T, what string, got, want []float32, near bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if v != v && want[i] != want[i] { // as the arc sine of 2 is
			continue
		}
		tolerance := 0.0
		if near {
			tolerance = 2e-6 * (1 + math.Abs(float64(want[i])))
		}
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= tolerance) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, v, want[i])
		}
	}
}

// TestEveryLayerIsWritten finds the layers of nn by their OutShapes method.
func TestEveryLayerIsWritten(t *testing.T) {
	rows, tried := map[string]bool{}, map[string]bool{}
	for typ := range writers {
		rows[typ.Elem().Name()] = true
	}
	for _, c := range writeCases(rand.New(rand.NewPCG(1, 1))) {
		tried[reflect.TypeOf(c.layer).Elem().Name()] = true
	}
	paths, err := filepath.Glob("../nn/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "OutShapes" || fn.Recv == nil {
				continue
			}
			name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			if name == "BatchNorm" || name == "Dropout" {
				continue // a trainer's
			}
			if found++; !rows[name] || !tried[name] {
				t.Errorf("nn.%s (%s): in the table of writers: %t, in the cases of TestWrite: %t", name, path, rows[name], tried[name])
			}
		}
	}
	if found < 34 {
		t.Errorf("only %d layers found: is the search broken?", found)
	}
}

// strange is a layer that no table has.
type strange struct{ nn.ReLU }

func (*strange) Kind() string { return "Strange" }

// TestWriteRefuses: one error lists all layers that cannot be written, and nothing is.
func TestWriteRefuses(t *testing.T) {
	b := nn.NewBuilder("net")
	b.Input("x", 2)
	b.Add("a", &strange{}, []string{"x"}, []string{"y"})
	b.Add("b", &nn.Quantize{Scale: []float32{1}, Zero: []float32{0}, Low: -8, High: 7}, []string{"y"}, []string{"z"})
	b.Add("c", &nn.Affine{Scale: []float32{1, float32(math.NaN())}}, []string{"z"}, []string{"w"})
	net, err := b.Build("w")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	err = Write(&file, net, WriteOptions{})
	if err == nil || file.Len() > 0 {
		t.Fatalf("error %v, %d bytes written", err, file.Len())
	}
	for _, want := range []string{`"a" (Strange)`, `"b" (Quantize)`, "from -8 to 7", `"c" (Affine)`, "NaN"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s in it", err, want)
		}
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 3))
	net := writeCase{layer: &nn.InnerProduct{Weights: randomTensor(r, 400, 300)}, in: [][]int{{1, 300}}}.network(t)
	for _, room := range []int{0, 1 << 16, 1 << 17} {
		var e *Error
		if err := Write(&fullDisk{room}, net, WriteOptions{}); !errors.As(err, &e) || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%d bytes of room: %v", room, err)
		}
	}
}

// TestWriteTooLarge: nothing is written of what would be too large, by one byte.
func TestWriteTooLarge(t *testing.T) {
	net := writeCase{layer: &nn.ReLU{}, in: [][]int{{1, 3}}}.network(t)
	size := len(written(t, net, WriteOptions{}))
	for _, most := range []int{size, size - 1} {
		e, err := newExport(net, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		err = e.write(&file, net, most)
		if fits := most == size; fits != (err == nil) || !fits && (file.Len() > 0 || !strings.Contains(err.Error(), fmt.Sprintf("at most %d", most))) {
			t.Errorf("%d bytes of at most %d: %v, %d written", size, most, err, file.Len())
		}
	}
}

// TestWriteHalf: weights are rounded to half precision, the file is half as large, and
// reading it makes the same layers.
func TestWriteHalf(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	w, v := randomTensor(r, 30, 200), randomTensor(r, 5, 30)
	v.Data[0] = 1e6 // too large for half precision
	b := nn.NewBuilder("net")
	b.Input("x", 200)
	b.Add("first", &nn.InnerProduct{Weights: w, Bias: randomTensor(r, 30).Data}, []string{"x"}, []string{"y"})
	b.Add("second", &nn.InnerProduct{Weights: v}, []string{"y"}, []string{"z"})
	net, err := b.Build("z")
	if err != nil {
		t.Fatal(err)
	}
	full, half := written(t, net, WriteOptions{}), written(t, net, WriteOptions{Half: true})
	if saved := len(full) - len(half); saved < 2*w.Len()-200 || saved > 2*w.Len() {
		t.Errorf("%d bytes in half precision, %d in single", len(half), len(full))
	}
	nodes := reread(t, half).Nodes()
	if len(nodes) != 2 {
		t.Fatalf("%d layers are read, want 2", len(nodes))
	}
	for i, want := range []*tensor.Tensor{w, v} {
		got := nodes[i].Layer.(*nn.InnerProduct).Weights
		for k, x := range want.Data {
			if i == 0 {
				x = fromFloat16(toFloat16(x))
				if d := math.Abs(float64(x - want.Data[k])); !(d <= float64(want.Data[k])/2048) {
					t.Fatalf("%g becomes %g", want.Data[k], x)
				}
			}
			if got.Data[k] != x {
				t.Fatalf("layer %d: weight %d is %g, want %g", i, k, got.Data[k], x)
			}
		}
	}
}

// TestToHalfPrecision: every number of half precision is itself, what lies between is
// rounded to the nearest, and to the even one in the middle.
func TestToHalfPrecision(t *testing.T) {
	for h := range 1 << 16 {
		v := fromFloat16(uint16(h))
		if v != v {
			if got := fromFloat16(toFloat16(v)); got == got {
				t.Errorf("NaN becomes %g", got)
			}
			continue
		}
		if got := toFloat16(v); got != uint16(h) {
			t.Fatalf("%g is %#04x, want %#04x", v, got, h)
		}
		next := fromFloat16(uint16(h + 1))
		if h&0x7fff >= 0x7bff { // the last one, and what follows
			continue
		}
		middle := (v + next) / 2
		even := uint16(h + h&1)
		for _, c := range []struct {
			v    float32
			want uint16
		}{{middle, even}, {math.Nextafter32(middle, v), uint16(h)}, {math.Nextafter32(middle, next), uint16(h + 1)}} {
			if got := toFloat16(c.v); got != c.want {
				t.Fatalf("%g is %#04x, want %#04x", c.v, got, c.want)
			}
		}
	}
	for v, want := range map[float32]uint16{65519: 0x7bff, 65520: 0x7c00, -1e30: 0xfc00, float32(math.Inf(-1)): 0xfc00} {
		if got := toFloat16(v); got != want {
			t.Errorf("%g is %#04x, want %#04x", v, got, want)
		}
	}
}
