package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/internal/advice"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// evil is the variable that makes a child of these tests do harm: "when:what".
const evil = "HOODWINK_WORKER_EVIL"

func TestMain(m *testing.M) {
	passed = append(passed, evil)
	if when, what, ok := strings.Cut(os.Getenv(evil), ":"); ok && os.Getenv(variable) != "" {
		serveEvil(when, what)
	}
	Main()
	if dir := os.Getenv(parent); dir != "" {
		beParent(dir)
	}
	os.Exit(m.Run())
}

// serveEvil is a child until a message of the given kind comes.
func serveEvil(when, what string) {
	memory, _ := strconv.ParseInt(os.Getenv(variable), 10, 64)
	confine(memory)
	if when == string(rune(hello)) {
		(&child{wire: wire{w: os.Stdout}}).harm(what)
	}
	serve(os.Stdin, os.Stdout, func(c *child, k kind, body []byte) error {
		if when == string(rune(k)) {
			c.harm(what)
		}
		return c.answer(k, body)
	})
	os.Exit(0)
}

// parent is the variable that makes a process of these tests the parent of a child: it names a
// models folder.
const parent = "HOODWINK_WORKER_PARENT"

// beParent opens the model "x" and runs it, which takes forever.
func beParent(dir string) {
	p := NewPool(Options{})
	m, err := p.Open(context.Background(), dir, "x")
	if err != nil {
		panic(err)
	}
	fmt.Println(p.idle[0].cmd.Process.Pid)
	l, err := m.Borrow(context.Background(), 0)
	if err != nil {
		panic(err)
	}
	panic(predict(l))
}

// sink keeps the compiler from leaving things out.
var sink [][]byte

// deeper recurses for as long as more lasts, which is for ever.
func deeper(n int, more func(int) bool) int {
	if !more(n) {
		return n
	}
	return deeper(n+1, more) + 1
}

func (c *child) harm(what string) {
	switch what {
	case "memory":
		for {
			b := make([]byte, 8<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			sink = append(sink, b)
		}
	case "at once":
		sink = append(sink, make([]byte, 1<<40))
	case "stack":
		fmt.Println(deeper(0, func(n int) bool { return n >= 0 }))
	case "hang":
		select {}
	case "spin":
		for i := 0; ; i++ {
			sink = sink[:0]
		}
	case "crash":
		go func() { panic("on purpose") }()
		select {}
	case "long":
		c.w.Write(binary.LittleEndian.AppendUint32([]byte{byte(answer)}, 1<<32-1))
		select {}
	case "short":
		c.send(answer, nil, make([]float32, 1))
	case "kind":
		c.send(hello, nil, nil)
	case "flood":
		for {
			c.w.Write(make([]byte, 1<<20))
		}
	case "mute":
		os.Stdout.Close()
		select {}
	case "loud":
		for {
			os.Stderr.Write(bytes.Repeat([]byte("noise "), 1<<16))
		}
	case "lie":
		c.sendJSON(answer, model.Description{Name: "x", Shape: []int{1 << 30}})
	case "words":
		c.sendJSON(failure, Failure{Text: strings.Repeat("x", maxSaid+1)})
	}
}

func colours() *nn.Network { return testnet.Colours([][3]float32{{1, 0, 0}, {0, 1, 0}}) }

// folder is a models folder with a model "x".
func folder(t *testing.T, net *nn.Network) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	home := filepath.Join(dir, "x")
	file = filepath.Join(home, "model.onnx")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, testnet.ONNX(net), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

func conv(t *testing.T) *nn.Network {
	t.Helper()
	fill := func(shape ...int) *tensor.Tensor {
		w := tensor.New(shape...)
		for i := range w.Data {
			w.Data[i] = float32(i*7919%101)/50 - 1
		}
		return w
	}
	b := nn.NewBuilder("conv")
	b.Input("x", 3, 32, 32)
	b.Add("c1", &nn.Convolution{Weights: fill(20, 3, 3, 3), Pad: [4]int{1, 1, 1, 1}}, []string{"x"}, []string{"a"})
	b.Add("r1", &nn.ReLU{}, []string{"a"}, []string{"b"})
	b.Add("c2", &nn.Convolution{Weights: fill(10, 20, 3, 3)}, []string{"b"}, []string{"c"})
	b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{"c"}, []string{"d"})
	b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"d"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func pool(t *testing.T, o Options) *Pool {
	t.Helper()
	p := NewPool(o)
	t.Cleanup(func() {
		p.Close()
		for deadline := time.Now().Add(20 * time.Second); len(p.alive) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d children are left", len(p.alive))
			}
		}
	})
	return p
}

// added registers a network and returns it, opened.
func added(t *testing.T, p *Pool, net *nn.Network) *Model {
	t.Helper()
	dir, file := folder(t, net)
	u, m, err := p.Add(t.Context(), Addition{Name: "x", Network: file, Folder: dir, Memory: 1 << 30, Spec: preprocess.Spec{Preset: "raw"}})
	if err != nil {
		t.Fatal(err)
	}
	if !u.OK || len(u.Findings) == 0 || m.Model.Name != "x" || m.Model.Network.Params() != net.Params() {
		t.Errorf("it is %+v", u)
	}
	if m, err = p.Open(t.Context(), dir, "x"); err != nil {
		t.Fatal(err)
	}
	return m
}

func picture(side int) *tensor.Tensor {
	x := tensor.New(1, 3, side, side)
	for i := range x.Data {
		x.Data[i] = float32(i*31%256) / 255
	}
	return x
}

func borrow(t *testing.T, m *Model) *Loan {
	t.Helper()
	l, err := m.Borrow(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Return)
	return l
}

// predict has a child look at a picture, and returns why it could not.
func predict(l *Loan) error {
	_, err := logits(l.Model)
	if cause := l.Err(); err != nil && cause != nil {
		return cause
	}
	return err
}

// once is predict with a loan of its own.
func once(t *testing.T, m *Model) error {
	t.Helper()
	l := borrow(t, m)
	defer l.Return()
	return predict(l)
}

func logits(m *model.Model) ([]float32, error) {
	p, err := m.Predictor(0)
	if err != nil {
		return nil, err
	}
	return p.Pixels(picture(32))
}

// drain ends the idle children.
func drain(p *Pool) {
	p.mu.Lock()
	all := slices.Clone(p.idle)
	p.mu.Unlock()
	for _, c := range all {
		p.drop(c)
	}
}

// TestSameBits: a prediction, a gradient and an attack have the same bits in a child as in this
// process, also if the child goes between two steps of the attack.
func TestSameBits(t *testing.T) {
	p := pool(t, Options{})
	m := added(t, p, conv(t))
	here, err := store.Open("x", store.Options{Dir: m.folder})
	if err != nil {
		t.Fatal(err)
	}
	bits := func(m *model.Model, between func(attack.Step)) string {
		z, err := logits(m)
		if err != nil {
			t.Fatal(err)
		}
		g, err := hoodwink.Gradient(m, picture(40), 3, attack.Probability, 0)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := preprocess.EncodePNG(&file, picture(40), nil); err != nil {
			t.Fatal(err)
		}
		pic, err := preprocess.Decode(&file, "in.png", preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out.png")
		var steps []attack.Step
		res, err := hoodwink.Fool(t.Context(), hoodwink.FoolRequest{Model: m, Input: "in.png", Picture: pic, Output: out, Criterion: hoodwink.Become(m, 3, 0),
			Norm: attack.Linf, Eps: 8. / 255, Observe: func(s attack.Step) {
				steps = append(steps, attack.Step{Step: s.Step, Loss: s.Loss})
				if between != nil {
					between(s)
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x %x %x %v %v %x", z, g.Pixels.Data, g.Value, steps, res.Top, data)
	}
	want := bits(here, nil)
	l := borrow(t, m)
	if got := bits(l.Model, nil); got != want {
		t.Error("the bits differ")
	}
	if got := bits(l.Model, func(attack.Step) { l.Rest(); drain(p) }); got != want {
		t.Error("with a new child at every step, the bits differ")
	}
	if l.Err() != nil {
		t.Error(l.Err())
	}
}

// TestHarm: whatever a child does, its parent says what it was, and the next child is fine.
func TestHarm(t *testing.T) {
	const (
		garbled = "not understood"
		brief   = 2 * time.Second
	)
	dir, file := folder(t, colours())
	patient, hasty := pool(t, Options{Memory: 256 << 20}), pool(t, Options{Start: brief, Step: brief})
	if _, _, err := patient.Add(t.Context(), Addition{Name: "x", Network: file, Folder: dir, Memory: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		when       kind
		what, want string
	}{
		{forward, "memory", "more memory than 256 MB"}, {forward, "at once", "more memory"}, {forward, "stack", "more stack than 64 MB"}, {forward, "crash", "crashed"},
		{forward, "long", garbled}, {forward, "short", garbled}, {forward, "kind", garbled}, {forward, "flood", garbled}, {forward, "mute", "answers no more"},
		{forward, "hang", "longer than 2s"}, {forward, "spin", "longer than 2s"}, {forward, "loud", "longer than 2s"},
		{open, "memory", "more memory"}, {open, "lie", garbled}, {open, "words", garbled}, {open, "kind", garbled}, {open, "long", garbled},
		{hello, "flood", garbled}, {hello, "stack", "more stack"}, {hello, "kind", "another version"}, {hello, "short", garbled}, {hello, "hang", "longer than 2s"},
	} {
		name := string(rune(q.when)) + " " + q.what
		p := patient
		if strings.Contains(q.want, "longer") {
			p = hasty
		}
		m, err := patient.Open(t.Context(), dir, "x")
		if err != nil {
			t.Errorf("before %s: %v", name, err)
			continue
		}
		drain(patient)
		m.pool = p
		t.Setenv(evil, string(rune(q.when))+":"+q.what)
		var over *EndedError
		if err := once(t, m); !errors.As(err, &over) || !strings.Contains(over.Why, q.want) || over.Hint() == "" {
			t.Errorf("%s: %v", name, err)
		}
		os.Unsetenv(evil)
	}
}

// TestGreedy: a network that would take too much is refused before it takes anything, by the limit
// that was given, and by that of its process.
func TestGreedy(t *testing.T) {
	p := pool(t, Options{Memory: 256 << 20})
	dir, file := folder(t, testnet.Greedy(7000))
	a := Addition{Name: "x", Network: file, Folder: dir, Memory: 100 << 20, Spec: preprocess.Spec{Preset: "raw"}}
	var own *Failure
	if _, _, err := p.Add(t.Context(), a); !errors.As(err, &own) || !own.Large || own.Advice == "" {
		t.Errorf("by the estimate: %v", err)
	}
	a.Memory = 1 << 40
	if _, _, err := p.Add(t.Context(), a); !errors.As(err, &own) || !own.Large || !strings.Contains(own.Text, "more than the limit of 224 MB") {
		t.Errorf("by what its process may take: %v", err)
	}
	os.WriteFile(file, []byte("no network"), 0o600)
	if _, _, err := p.Add(t.Context(), a); !errors.As(err, &own) || own.Large {
		t.Errorf("no network: %v", err)
	}
}

// TestKilled: a child that is killed while it is idle is replaced; one that is killed at work is the
// end of the loan, with the cause.
func TestKilled(t *testing.T) {
	p := pool(t, Options{})
	m := added(t, p, colours())
	kill := func(c *process) {
		c.cmd.Process.Kill()
		<-c.ended
	}
	idle := p.idle[0]
	kill(idle)
	l := borrow(t, m)
	if err := predict(l); err != nil {
		t.Error("killed while idle:", err)
	}
	kill(l.child)
	if err := predict(l); err == nil || !strings.Contains(err.Error(), "killed it") {
		t.Error("killed at work:", err)
	}
	if err := predict(l); err == nil {
		t.Error("the loan goes on")
	}
	if err := once(t, m); err != nil {
		t.Error("the next:", err)
	}
}

// TestClientGone: when a client goes, so does the child, at once or after some grace; an answer
// within the grace counts.
func TestClientGone(t *testing.T) {
	p := pool(t, Options{})
	m := added(t, p, colours())
	for _, grace := range []time.Duration{0, 100 * time.Millisecond} {
		drain(p)
		t.Setenv(evil, "f:hang")
		ctx, cancel := context.WithCancel(t.Context())
		l, err := m.Borrow(ctx, grace)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond, cancel)
		if err := predict(l); !errors.Is(err, context.Canceled) {
			t.Errorf("grace %v: %v", grace, err)
		}
		l.Return()
	}
	os.Unsetenv(evil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l, err := m.Borrow(ctx, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Return()
	if err := predict(l); err != nil {
		t.Error("within its grace:", err)
	}
}

// TestNotReady: a program that does not call Main refuses, and starts nothing.
func TestNotReady(t *testing.T) {
	p := pool(t, Options{})
	ready.Store(false)
	defer ready.Store(true)
	if _, err := p.Open(t.Context(), t.TempDir(), "x"); err == nil || !strings.Contains(advice.Of(err), "lab.Child") {
		t.Error(err)
	}
}

// FuzzAnswers: no bytes from a child are more than an error, or take more memory than arrive.
func FuzzAnswers(f *testing.F) {
	var b bytes.Buffer
	w := wire{w: &b}
	w.send(answer, nil, []float32{1, 2})
	w.sendJSON(failure, Failure{Text: "no"})
	f.Add(b.Bytes())
	f.Add([]byte("A\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := wire{r: bytes.NewReader(data)}
		for {
			_, body, err := w.receive(1 << 28)
			if cap(w.in) > 4<<20+4*len(data) {
				t.Fatalf("%d bytes for %d", cap(w.in), len(data))
			}
			if err != nil {
				return
			}
			var d model.Description
			if json.Unmarshal(body, &d) == nil && d.Check(maxClasses, maxValues) == nil {
				if _, err := (&Pool{}).described("", d.Name, &d); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
