package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"hoodwink/internal/pb"
)

// A kind is a sort of upload. make returns the i-th of its files.
type kind struct {
	name    string
	picture bool // or else a network
	leaves  bool // the client goes when half is sent
	make    func(r *rand.Rand, i int64) []byte
}

// kinds are all sorts of uploads. The comments say what each one tries.
var kinds = []kind{
	{name: "activations", make: activations},
	{name: "one channel", make: oneChannel},
	{name: "classes", make: classes},
	{name: "integers", make: manyIntegers},
	{name: "folding", make: folding},
	{name: "doubling constants", make: doublingConstants},
	{name: "many functions", make: manyFunctions},
	{name: "doubling functions", make: doublingFunctions},
	{name: "nesting", make: nesting},
	{name: "long chain", make: longChain},
	{name: "multiply-adds", make: multiplyAdds},
	{name: "garbage", make: garbage},
	{name: "names", make: names},
	{name: "external data", make: external},
	{name: "cycles", make: cycles},
	{name: "not finite", make: notFinite},
	{name: "leaves", make: oneChannel, leaves: true},
	{name: "pixels", make: pixels, picture: true},
	{name: "one side", make: oneSide, picture: true},
}

// activations makes a few pixels into a picture of gigabytes.
func activations(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}}
	f.constants = append(f.constants, floats("scales", []int64{4}, 1, 1, float32(1000+100*i), 1000))
	f.join("Resize", []string{"x", "", "scales"}, "large")
	f.add("Relu", "large", "still large")
	f.head("still large", 3)
	return f.encode()
}

// oneChannel convolves one channel, which takes the room of sixteen, on large pictures.
func oneChannel(_ *rand.Rand, i int64) []byte {
	side := 2500 + 100*i
	f := &file{in: []int64{1, 1, side, side}, constants: [][]byte{floats("w", []int64{1, 1, 3, 3}, 1, 2, 3, 4, 5, 4, 3, 2, 1)}}
	last := "x"
	for k := range 5 {
		next := "v" + strconv.Itoa(k)
		f.join("Conv", []string{last, "w"}, next, attribute{"pads", []int64{1, 1, 1, 1}})
		last = next
	}
	f.head(last, 1)
	return f.encode()
}

// classes calls every pixel a class.
func classes(_ *rand.Rand, i int64) []byte {
	side := 200 + 220*i
	f := &file{in: []int64{1, 3, side, side}, out: []int64{1, 3 * side * side}}
	f.add("Flatten", "x", "y")
	return f.encode()
}

// manyIntegers has numbers of one byte that take eight in memory.
func manyIntegers(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}, constants: [][]byte{integers("n", make([]int64, (4+i)<<20)...)}}
	f.add("Cast", "n", "m", attribute{"to", int64(typeFloat)})
	f.join("ReduceMean", []string{"m"}, "s", attribute{"keepdims", int64(0)})
	f.join("Add", []string{"x", "s"}, "z")
	f.head("z", 3)
	return f.encode()
}

// folding has constants that are computed from two numbers and have many values.
func folding(r *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}, constants: [][]byte{integers("shape", 1<<10, 1<<(10+i%11), 4+i), floats("one", []int64{1}, 1)}}
	switch i % 4 {
	case 0:
		f.join("Expand", []string{"one", "shape"}, "big")
	case 1:
		f.add("ConstantOfShape", "shape", "big")
	case 2:
		f.constants = append(f.constants, integers("n", 1<<(28+i%8)))
		f.join("Tile", []string{"one", "n"}, "big")
	case 3:
		f.constants = append(f.constants, integers("start", 0), integers("limit", 1<<(28+i%30)), integers("step", 1))
		for _, name := range []string{"start", "limit", "step"} {
			f.join("Squeeze", []string{name}, name+"0")
		}
		f.join("Range", []string{"start0", "limit0", "step0"}, "range")
		f.add("Cast", "range", "big", attribute{"to", int64(typeFloat)})
	}
	f.join("ReduceMean", []string{"big"}, "s", attribute{"keepdims", int64(0)})
	f.join("Add", []string{"x", "s"}, "z")
	f.head("z", 3)
	return f.encode()
}

// doublingConstants joins a constant to itself again and again.
func doublingConstants(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}, constants: [][]byte{floats("c0", []int64{4}, 1, 2, 3, 4)}}
	for k := range 24 + i {
		f.join("Concat", []string{fmt.Sprint("c", k), fmt.Sprint("c", k)}, fmt.Sprint("c", k+1), attribute{"axis", int64(0)})
	}
	f.join("ReduceMean", []string{fmt.Sprint("c", 24+i)}, "s", attribute{"keepdims", int64(0)})
	f.join("Add", []string{"x", "s"}, "z")
	f.head("z", 3)
	return f.encode()
}

// manyFunctions calls functions of very many nodes, in an order against that of their values, from very many places.
func manyFunctions(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}}
	const functions = 5
	length := int(400 * (2 + i))
	for k := range functions {
		inner := [][]byte{node("Relu", []string{"m0"}, []string{"b"})}
		for n := range length {
			in := fmt.Sprint("m", n+1)
			if n == length-1 {
				in = "a"
			}
			inner = append(inner, node("Identity", []string{in}, []string{fmt.Sprint("m", n)}))
		}
		f.functions = append(f.functions, function(fmt.Sprint("f", k), inner...))
	}
	last := "x"
	for n := range 20 * (i + 1) {
		next := fmt.Sprint("v", n)
		f.nodes = append(f.nodes, custom(fmt.Sprint("f", n%functions), []string{last}, []string{next}))
		last = next
	}
	f.head(last, 3)
	return f.encode()
}

// doublingFunctions has functions each of which calls the next one twice.
func doublingFunctions(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}}
	n := int(20 + 4*i)
	for k := range n {
		name := fmt.Sprint("f", k+1)
		inner := [][]byte{custom(name, []string{"a"}, []string{"m"}), custom(name, []string{"m"}, []string{"b"})}
		if k == n-1 {
			inner = [][]byte{node("Relu", []string{"a"}, []string{"b"})}
		}
		f.functions = append(f.functions, function(fmt.Sprint("f", k), inner...))
	}
	f.nodes = append(f.nodes, custom("f0", []string{"x"}, []string{"z"}))
	f.head("z", 3)
	return f.encode()
}

// nesting has graphs inside of graphs.
func nesting(_ *rand.Rand, i int64) []byte {
	inner := body("deep", [][]byte{node("Relu", []string{"x"}, []string{"z"})}, nil, nil, info("z", 1, 3, 8, 8))
	for range 200 * (i + 1) {
		inner = body("deep", [][]byte{node("If", []string{"c"}, []string{"z"}, attribute{"then_branch", inner})}, nil, nil, info("z", 1, 3, 8, 8))
	}
	f := &file{in: []int64{1, 3, 8, 8}}
	f.join("If", []string{"c"}, "z", attribute{"then_branch", inner})
	f.head("z", 3)
	return f.encode()
}

// longChain has very many layers that do little.
func longChain(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}}
	ops := []string{"Relu", "Sigmoid", "Identity", "Abs"}
	n := 10_000 * (i + 1)
	for k := range n {
		in := fmt.Sprint("v", k)
		if k == 0 {
			in = "x"
		}
		f.add(ops[(k+i)%4], in, fmt.Sprint("v", k+1))
	}
	f.head(fmt.Sprint("v", n), 3)
	return f.encode()
}

// multiplyAdds takes hours for one picture and little memory.
func multiplyAdds(_ *rand.Rand, i int64) []byte {
	const channels, side = 128, 128
	f := &file{in: []int64{1, 3, side, side}}
	f.constants = [][]byte{integers("shape", channels, channels, 7, 7), integers("first", channels, 3, 1, 1), floats("one", []int64{1}, 1e-4)}
	f.join("Expand", []string{"one", "shape"}, "w")
	f.join("Expand", []string{"one", "first"}, "w0")
	f.join("Conv", []string{"x", "w0"}, "v0")
	for k := range 20 * (i + 1) {
		f.join("Conv", []string{fmt.Sprint("v", k), "w"}, fmt.Sprint("v", k+1), attribute{"pads", []int64{3, 3, 3, 3}})
	}
	f.head(fmt.Sprint("v", 20*(i+1)), channels)
	return f.encode()
}

// small returns a file that is in order.
func small() *file {
	f := &file{in: []int64{1, 3, 8, 8}}
	f.constants = append(f.constants, floats("w", []int64{4, 3, 1, 1}, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1))
	f.join("Conv", []string{"x", "w"}, "z")
	f.head("z", 4)
	return f
}

// garbage is a file that was in order before it was changed or cut, or never.
func garbage(r *rand.Rand, i int64) []byte {
	b := small().encode()
	switch i % 3 {
	case 0:
		b = b[:r.IntN(len(b))]
	case 1:
		for range 1 + r.IntN(8) {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
	default:
		b = make([]byte, 1+r.IntN(1<<20))
		for k := range b {
			b[k] = byte(r.Uint32())
		}
	}
	return b
}

// names has what terminals and pages take for commands in all its names.
func names(_ *rand.Rand, i int64) []byte {
	bad := []string{"\x1b]0;owned\x07", "\u202egnp.exe", "\u009b31m", "<script>alert(1)</script>", "a\nb\r", "\x00", "$(reboot)", "'; drop", "\u2028", "\xff\xfe", strings.Repeat("n", 1<<16), "\u200b"}[i%12]
	f := &file{in: []int64{1, 3, 8, 8}, name: bad}
	f.constants = append(f.constants, floats("w"+bad, []int64{4, 3, 1, 1}, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1))
	f.nodes = append(f.nodes, pb.AppendText(node("Conv", []string{"x", "w" + bad}, []string{"z" + bad}), 3, bad))
	if i%2 == 1 {
		f.add("No"+bad, "z"+bad, "z2"+bad)
		f.head("z2"+bad, 4)
	} else {
		f.head("z"+bad, 4)
	}
	return f.encode()
}

// external has its weights in files that it has no business with.
func external(_ *rand.Rand, i int64) []byte {
	at := []string{"../../../../../../etc/passwd", "/etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/mem", "model.onnx", "..", "", "../model.onnx", "con", "a\x00b", "/proc/self/fd/0"}[i%12]
	f := small()
	w := pb.AppendText(pb.AppendInt(dims([]int64{4, 3, 1, 1}), 2, typeFloat), 8, "w")
	for _, kv := range [][2]string{{"location", at}, {"offset", []string{"0", "-1", "9223372036854775807"}[i%3]}, {"length", []string{"48", "1099511627776"}[i%2]}} {
		w = pb.AppendMessage(w, 13, pb.AppendText(pb.AppendText(nil, 1, kv[0]), 2, kv[1]))
	}
	f.constants[0] = pb.AppendInt(w, 14, 1)
	return f.encode()
}

// cycles has nodes, or functions, that wait for each other.
func cycles(_ *rand.Rand, i int64) []byte {
	f := &file{in: []int64{1, 3, 8, 8}}
	if i%2 == 0 {
		for k := range 10 * (i + 1) {
			f.join("Add", []string{fmt.Sprint("v", k), fmt.Sprint("v", (k+1)%(10*(i+1)))}, fmt.Sprint("v", (k+1)%(10*(i+1))))
		}
		f.head("v0", 3)
		return f.encode()
	}
	for k := range i {
		f.functions = append(f.functions, function(fmt.Sprint("f", k), custom(fmt.Sprint("f", (k+1)%i), []string{"a"}, []string{"b"})))
	}
	f.nodes = append(f.nodes, custom("f0", []string{"x"}, []string{"z"}))
	f.head("z", 3)
	return f.encode()
}

// notFinite has weights that are no numbers, or too large to be added.
func notFinite(_ *rand.Rand, i int64) []byte {
	v := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat32, 1e-45}[i%5]
	f := small()
	f.constants[0] = floats("w", []int64{4, 3, 1, 1}, float32(v), 2, float32(-v), 4, 5, 6, 6, 5, 4, 3, 2, 1)
	return f.encode()
}

// pixels is a picture of many pixels in a few bytes.
func pixels(_ *rand.Rand, i int64) []byte { return blackPNG(5000+200*uint32(i), 6000+100*uint32(i), 2) }

// oneSide is a picture of one row, or one column.
func oneSide(_ *rand.Rand, i int64) []byte {
	if n := 5_000_000 * uint32(i+1); i%2 == 0 {
		return blackPNG(n, 1, 0)
	} else {
		return blackPNG(1, n/50, 0)
	}
}

// blackPNG encodes a black picture of 8 bits a channel; colour is 0 for grey, 2 for RGB.
func blackPNG(width, height uint32, colour byte) []byte {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		binary.Write(&out, binary.BigEndian, uint32(len(data)))
		sum := crc32.NewIEEE()
		sum.Write([]byte(name))
		sum.Write(data)
		out.WriteString(name)
		out.Write(data)
		binary.Write(&out, binary.BigEndian, sum.Sum32())
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(header, 8, colour, 0, 0, 0))
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression) // the level is valid
	row := make([]byte, 1+int(width)*(1+int(colour)))
	for range height {
		z.Write(row)
	}
	z.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}
