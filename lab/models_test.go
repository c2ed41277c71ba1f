package lab

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hoodwink/internal/fetch"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// exported is the embedded network as a file to send.
func exported(t *testing.T) []byte {
	t.Helper()
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sketches.onnx")
	if _, err := m.Export(file, model.ExportOptions{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestUploadedModel: a network that is sent is checked, listed, can be used, also after a
// restart, and is gone when it is deleted.
func TestUploadedModel(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	l, c := serveLab(t, o)
	network := exported(t)
	var u Upload
	c.call("POST", "/api/models?name=mine&preset=raw", network, http.StatusCreated, &u)
	if u.Model.Name != "mine" || u.Model.Classes != 16 || len(u.Findings) == 0 || !u.OK || strings.Contains(u.Findings[0].Text, o.Dir) {
		t.Errorf("it is %+v, %v with the findings %+v", u.Model, u.OK, u.Findings)
	}
	kind := func() string {
		var all []ModelInfo
		c.call("GET", "/api/models", nil, 200, &all)
		i := slices.IndexFunc(all, func(m ModelInfo) bool { return m.Name == "mine" })
		if i < 0 {
			return "none"
		}
		return all[i].Kind
	}
	if kind() != "uploaded" {
		t.Errorf("it is listed as %s", kind())
	}
	p := c.draw("giant panda", 7)
	var own, builtIn Answer
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, 200, &own)
	c.call("POST", "/api/predict", Question{Picture: p.ID}, 200, &builtIn)
	if own.Predictions[0].Class != builtIn.Predictions[0].Class {
		t.Errorf("it sees class %d, the network it was made from %d", own.Predictions[0].Class, builtIn.Predictions[0].Class)
	}
	q := vultureRun(p)
	q["model"], q["as"] = "mine", "1"
	r := c.watch(c.start(q).ID, 0, nil).result
	if r.Result == nil || !strings.Contains(r.Command, "# mine was sent to the lab") || strings.Contains(r.Command, o.Dir) {
		t.Errorf("the run is %s with %+v\n%s", r.State, r.Problem, r.Command)
	}
	var problem Problem
	c.call("POST", "/api/models?name=mine", network, http.StatusConflict, &problem)
	c.call("POST", "/api/models?name=Mine", network, http.StatusUnprocessableEntity, &problem)
	c.call("POST", "/api/models?name=sketchbook", network, http.StatusConflict, &problem)
	for _, name := range []string{"mine-", "-mine", ".mine", "mine_", strings.Repeat("m", 65)} {
		problem = Problem{}
		if c.call("POST", "/api/models?name="+name, network, http.StatusUnprocessableEntity, &problem); problem.Code != "model_name" && len(name) <= 64 {
			t.Errorf("the name %s: %+v", name, problem)
		}
	}

	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, c = serveLab(t, o)
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, 200, nil)
	if c.browser().call("DELETE", "/api/models/mine", nil, http.StatusForbidden, &problem); problem.Code != "not_yours" {
		t.Errorf("another client deletes it: %+v", problem)
	}
	c.call("DELETE", "/api/models/mine", nil, http.StatusNoContent, nil)
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, http.StatusNotFound, nil)
	if kind() != "none" {
		t.Errorf("deleted, it is listed as %s", kind())
	}
	if left, _ := os.ReadDir(filepath.Join(o.Dir, incomingDir)); len(left) > 0 {
		t.Errorf("%d files are left of what was sent", len(left))
	}
}

// TestUploadsOfOneName: of several networks that are sent under one name at a time, one has it.
func TestUploadsOfOneName(t *testing.T) {
	_, c := serveLab(t, Options{})
	network := exported(t)
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			reply, err := c.http.Post(c.url+"/api/models?name=mine&preset=raw", "application/octet-stream", bytes.NewReader(network))
			if err != nil {
				t.Error(err)
				return
			}
			reply.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			counts[reply.StatusCode]++
		})
	}
	wg.Wait()
	// Of the others some may come while two of the same client are being read.
	if counts[201] != 1 || counts[409]+counts[429] != 3 {
		t.Errorf("the answers were %v", counts)
	}
}

// greedy is a file of a few hundred bytes whose network works with values of nearly a gigabyte.
func greedy() []byte { return testnet.ONNX(testnet.Greedy(9000)) }

// TestGreedyModel: a small file cannot make the lab take much memory.
func TestGreedyModel(t *testing.T) {
	_, c := serveLab(t, Options{})
	var problem Problem
	c.call("POST", "/api/models?name=greedy", greedy(), http.StatusUnprocessableEntity, &problem)
	if problem.Code != "model_large" || problem.Hint == "" {
		t.Errorf("problem %+v", problem)
	}
}

// TestUploadLeftOpen: what a file leaves open is asked for, and taken from the request.
func TestUploadLeftOpen(t *testing.T) {
	_, c := serveLab(t, Options{})
	b := nn.NewBuilder("row")
	b.Input("x", 192)
	weights := tensor.New(2, 192)
	weights.Data[0], weights.Data[100] = 1, -1
	b.Add("classes", &nn.InnerProduct{Weights: weights}, []string{"x"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	var problem Problem
	c.call("POST", "/api/models?name=row", file.Bytes(), http.StatusUnprocessableEntity, &problem)
	if !strings.Contains(problem.Detail, "a row of as many values") || !strings.Contains(problem.Hint, "--layout NCHW") {
		t.Errorf("problem %+v", problem)
	}
	c.call("POST", "/api/models?name=row&size=8x&layout=NCHW", file.Bytes(), http.StatusUnprocessableEntity, &problem)
	c.call("POST", "/api/models?name=row&size=99999999&layout=NCHW", file.Bytes(), http.StatusUnprocessableEntity, &problem)
	var u Upload
	c.call("POST", "/api/models?name=row&size=8&order=RGB&layout=NCHW", file.Bytes(), http.StatusCreated, &u)
	if !slices.Equal(u.Model.Input, []int{3, 8, 8}) || u.Model.Preprocess.Order != "RGB" {
		t.Errorf("it is %+v", u.Model)
	}
}

// A mirror stands for the world outside: it sends zeros, the second half of them when it may.
type mirror struct {
	next http.RoundTripper
	may  chan struct{}
}

func (m mirror) RoundTrip(req *http.Request) (*http.Response, error) {
	if host := req.URL.Hostname(); host == "127.0.0.1" || host == "localhost" {
		return m.next.RoundTrip(req)
	}
	half := make([]byte, 9678/2)
	return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		ContentLength: -1, Body: io.NopCloser(io.MultiReader(bytes.NewReader(half), m, bytes.NewReader(half))), Request: req}, nil
}

func (m mirror) Read([]byte) (int, error) { <-m.may; return 0, io.EOF }

// fromMirror has downloads come from a mirror during a test.
func fromMirror(t *testing.T) (may chan struct{}) {
	next := fetch.Client.Transport
	may = make(chan struct{})
	fetch.Client.Transport = mirror{next, may}
	t.Cleanup(func() { fetch.Client.Transport = next })
	return may
}

// TestPull: fetching a known model is a task that tells how far it is; what comes is checked.
func TestPull(t *testing.T) {
	may := fromMirror(t)
	models := t.TempDir()
	t.Setenv("HOODWINK_MODELS", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, c := serveLab(t, Options{Models: store.Options{Dir: models}})
	var task, same Task
	c.call("POST", "/api/models/squeezenet/pull", nil, http.StatusAccepted, &task)
	c.call("POST", "/api/models/squeezenet/pull", nil, http.StatusAccepted, &same)
	if task != same || task.Model != "squeezenet" {
		t.Errorf("the tasks %+v and %+v", task, same)
	}
	reply, err := c.http.Get(c.url + "/api/tasks/" + task.ID + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var progress, failed []string
	event := ""
	for lines := bufio.NewScanner(reply.Body); lines.Scan(); {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); {
		case name == "event":
			event = value
		case name == "data" && event == "progress":
			if progress = append(progress, value); len(progress) == 1 {
				close(may)
			}
		case name == "data":
			failed = append(failed, value)
		}
	}
	if len(progress) == 0 || len(failed) != 1 || !strings.Contains(failed[0], "the downloaded file is wrong") || strings.Contains(failed[0], models) {
		t.Errorf("it said %q, then %q", progress, failed)
	}
}
