package attacks_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hoodwink/internal/kernel"
	"hoodwink/model/store"
)

// A recordedCase describes an attack on some pictures as data.
type recordedCase struct {
	Name      string         `json:"name"`
	Model     string         `json:"model"` // one of closedForms, or a name of package store
	Unbounded bool           `json:"unbounded,omitempty"`
	Pictures  string         `json:"pictures"` // how they are made, see the function pictures
	N         int            `json:"n"`
	Batch     int            `json:"batch"` // how many are attacked together
	Attack    recordedAttack `json:"attack"`
	Norm      string         `json:"norm"`
	Eps       string         `json:"eps"` // "0.1", "8/255" or "inf"
	Levels    int            `json:"levels,omitempty"`
	Mask      string         `json:"mask,omitempty"`  // how it is made, see the function masks
	Goals     []recordedGoal `json:"goals"`           // of the pictures in turn
	Stops     []recordedGoal `json:"stops,omitempty"` // likewise; none means that the goals are
	Seed      uint64         `json:"seed,omitempty"`
	Index     []uint64       `json:"index,omitempty"` // of the pictures; none means 0, 1, 2, ...
}

// A recordedAttack is an attack with its settings; 0 and "" are its defaults.
type recordedAttack struct {
	Name          string `json:"name"`
	Steps         int    `json:"steps,omitempty"`
	StepSize      string `json:"step_size,omitempty"`
	Restarts      int    `json:"restarts,omitempty"`
	NoRandomStart bool   `json:"no_random_start,omitempty"`
	Loss          string `json:"loss,omitempty"`
}

// A recordedGoal is a goal for any picture. Classes are named by their ranks among the logits of the
// original, 0 for its top class.
type recordedGoal struct {
	Kind  string  `json:"kind"`            // "not": leave the classes; "as": reach the class; "labels": switch them on
	Ranks []int   `json:"ranks,omitempty"` // the classes
	Off   []int   `json:"off,omitempty"`   // with "labels": those to switch off
	Prob  float64 `json:"prob,omitempty"`
}

// A recordedOutcome is what became of a picture. Floats are given by their bits, many of them by a hash.
type recordedOutcome struct {
	Success         bool   `json:"success,omitempty"`
	FloatSuccess    bool   `json:"float_success,omitempty"`
	Steps           int    `json:"steps,omitempty"`
	FirstSuccess    int    `json:"first_success"`
	Restarts        int    `json:"restarts,omitempty"`
	Forwards        int    `json:"forwards"`
	Backwards       int    `json:"backwards,omitempty"`
	ZeroGradients   int    `json:"zero_gradients,omitempty"`
	HiddenGradients int    `json:"hidden_gradients,omitempty"`
	Followed        string `json:"followed"`
	Turned          bool   `json:"turned,omitempty"`
	Loss            string `json:"loss"`
	Logits          string `json:"logits,omitempty"` // "" if the picture was never classified
	Pixels          string `json:"pixels"`
	Err             string `json:"err,omitempty"`
	Observed        int    `json:"observed"` // steps that an observer saw
	Seen            string `json:"seen"`     // hash of all that it saw
}

// index returns the index of a picture in its data set.
func (c *recordedCase) index(picture int) uint64 {
	if c.Index == nil {
		return uint64(picture)
	}
	return c.Index[picture]
}

func (c *recordedCase) eps(t testing.TB) float64 { return size(t, c.Eps) }

// size returns the number of a text such as "0.1", "8/255" or "inf".
func size(t testing.TB, text string) float64 {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if levels, of, ok := strings.Cut(text, "/"); ok {
		return number(levels) / number(of)
	}
	return number(text)
}

// An observer hashes the steps of one picture.
type observer struct {
	n    int
	hash hash.Hash
}

func (o *observer) add(restart, step int, loss float64, met, file bool, pixels, logits, grad []float32) {
	if o.hash == nil {
		o.hash = sha256.New()
	}
	o.n++
	fmt.Fprintln(o.hash, restart, step, bits(loss), met, file,
		hashFloats(pixels), hashFloats(logits), grad != nil, hashFloats(grad))
}

func (o *observer) sum() string {
	if o.hash == nil {
		return ""
	}
	return short(o.hash.Sum(nil))
}

// bits returns the bits of a number.
func bits(v float64) string { return strconv.FormatUint(math.Float64bits(v), 16) }

// hashFloats returns a hash of the bits of numbers, "" of nil.
func hashFloats(list []float32) string {
	if list == nil {
		return ""
	}
	b := make([]byte, 0, 4*len(list))
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	sum := sha256.Sum256(b)
	return short(sum[:])
}

// short returns the first 64 bits of a hash, in hex.
func short(sum []byte) string { return hex.EncodeToString(sum[:8]) }

// A record is a case with what was recorded of its pictures.
type record struct {
	Case     recordedCase      `json:"case"`
	Pictures []recordedOutcome `json:"pictures"`
}

// A recording is the content of the file.
type recording struct {
	Functions string   `json:"functions"` // see the function functions
	Records   []record `json:"records"`
}

const recordedFile = "testdata/recorded.json"

var update = flag.Bool("update", false, "write what comes out into "+recordedFile)

// TestRecorded: attacks give the results that were recorded of the loop that they had at first, to the bit,
// and their observers see the same. -update records what they give now.
func TestRecorded(t *testing.T) {
	cases := recordedCases()
	if *update {
		writeRecords(t, cases)
		return
	}
	content, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	var file recording
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Records) != len(cases) {
		t.Fatalf("%d cases are recorded, want %d: record them with -update", len(file.Records), len(cases))
	}
	var rounds cmp.Options
	if file.Functions != functions() {
		t.Log("the functions of package math round otherwise here: the values of losses are not compared")
		rounds = append(rounds, cmpopts.IgnoreFields(recordedOutcome{}, "Loss", "Seen"))
	}
	for i, r := range file.Records {
		t.Run(r.Case.Name, func(t *testing.T) {
			if diff := cmp.Diff(r.Case, cases[i]); diff != "" {
				t.Fatalf("the case was recorded otherwise, record it with -update (-recorded +now):\n%s", diff)
			}
			if lack := lacks(r.Case); lack != "" {
				t.Skip(lack)
			}
			if diff := cmp.Diff(r.Pictures, replay(t, r.Case), rounds); diff != "" {
				t.Errorf("the pictures come out otherwise (-recorded +now):\n%s", diff)
			}
		})
	}
}

// lacks says what is not here that a case needs, "" if nothing is missing.
func lacks(c recordedCase) string {
	switch {
	case closedForms[c.Model] != nil || c.Model == store.Embedded:
	case os.Getenv("HOODWINK_MODELS") == "" || os.Getenv("HOODWINK_DATA") == "":
		return "HOODWINK_MODELS and HOODWINK_DATA are not set: they name the folders with networks and pictures"
	case c.Model == "googlenet" && kernel.Active == kernel.Generic:
		return "a step of GoogLeNet takes many seconds on plain kernels"
	}
	return ""
}

// functions returns a hash of what functions of package math give on this machine. Their last bits differ
// between processors, and those of losses with them.
func functions() string {
	var b []byte
	for i := range 2000 {
		x := float64(i)/64 - 15
		e := math.Exp(-math.Abs(x))
		for _, v := range []float64{math.Exp(x), math.Log(x + 15.5), math.Log1p(e), math.Pow(x+15.5, 1./27)} {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	sum := sha256.Sum256(b)
	return short(sum[:])
}

// writeRecords runs all cases and writes what comes out, a picture a line.
func writeRecords(t *testing.T, cases []recordedCase) {
	var out bytes.Buffer
	write := func(format string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, format, b)
	}
	write("{\"functions\": %s,\n\"records\": [", functions())
	for i, c := range cases {
		if lack := lacks(c); lack != "" {
			t.Fatalf("%s: %s", c.Name, lack)
		}
		comma := map[bool]string{true: ","}
		write(comma[i > 0]+"\n{\"case\": %s,\n\"pictures\": [", c)
		for k, o := range replay(t, c) {
			write(comma[k > 0]+"\n%s", o)
		}
		out.WriteString("]}")
	}
	out.WriteString("\n]}\n")
	if err := os.WriteFile(recordedFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
