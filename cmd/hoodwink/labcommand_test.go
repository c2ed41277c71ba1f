package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hoodwink/dataset"
	"hoodwink/lab"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// ask makes a request of a lab and returns its answer, read into out if that is not nil.
func ask(t *testing.T, method, address, kind string, body []byte, out any) []byte {
	t.Helper()
	req, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode >= 300 {
		t.Fatalf("%s %s: status %d, %v: %s", method, address, reply.StatusCode, err, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// TestLabCommand: the command lines of a run in the lab, in an empty folder, write the very
// bytes of its result.
func TestLabCommand(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh to run command lines in")
	}
	l, err := lab.New(lab.Options{Dir: t.TempDir(), Model: "sketchbook", Version: version})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(l.Handler())
	defer s.Close()
	defer l.Close(context.Background())
	drawing := func(seed uint64) *tensor.Tensor {
		x, err := dataset.Draw(0, seed, 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	mask := tensor.New(1, 3, 64, 64)
	for i := range mask.Data {
		mask.Data[i] = float32(i / 32 % 2)
	}
	send := func(x *tensor.Tensor, name string) lab.Picture {
		var b bytes.Buffer
		if err := preprocess.EncodePNG(&b, x, nil); err != nil {
			t.Fatal(err)
		}
		var p lab.Picture
		ask(t, "POST", s.URL+"/api/pictures?name="+url.QueryEscape(name), "application/octet-stream", b.Bytes(), &p)
		return p
	}
	made := func(what, body string) lab.Picture {
		var p lab.Picture
		ask(t, "POST", s.URL+"/api/pictures/"+what, "application/json", []byte(body), &p)
		return p
	}
	for _, c := range []struct {
		name     string
		picture  lab.Picture
		settings string
	}{
		{"drawn", made("draw", `{"class":"giant panda","seed":7,"size":64}`), `"as":"vulture"`},
		{"drawn without a seed, with random starts", made("draw", `{"class":"tennis ball","size":48}`), `"not":["tennis ball","dog"],"attack":"pgd","steps":5,"restarts":2,"seed":11`},
		{"black", made("black", `{"width":48,"height":40}`), `"as":"vulture","at":"model","norm":"l2","prob":0.6`},
		{"sent", send(drawing(9), "-an odd one's.png"), `"as":"ostrich","eps":"0.05","attack":"fgsm"`},
		{"sent with a mask of its name", send(drawing(10), "mask.png"), `"as":"vulture","mask":"` + send(mask, "mask.png").ID + `"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r lab.Run
			ask(t, "POST", s.URL+"/api/runs", "application/json", fmt.Appendf(nil, `{"picture":%q,"keep":true,%s}`, c.picture.ID, c.settings), &r)
			for end := time.Now().Add(5 * time.Minute); r.Result == nil; time.Sleep(20 * time.Millisecond) {
				ask(t, "GET", s.URL+"/api/runs/"+r.ID, "", nil, &r)
				if r.Problem != nil || time.Now().After(end) {
					t.Fatalf("the run is %s: %+v", r.State, r.Problem)
				}
			}
			dir := t.TempDir()
			if c.picture.Source == "" {
				put(t, dir, c.picture.Name, ask(t, "GET", s.URL+"/api/pictures/"+c.picture.ID+"/file", "", nil, nil))
			}
			for _, line := range strings.Split(r.Command, "\n") {
				if name, address, ok := strings.Cut(strings.TrimPrefix(line, "# "), " is at "); ok {
					put(t, dir, name, ask(t, "GET", s.URL+address, "", nil, nil))
				}
			}
			cmd := exec.Command("sh", "-c", r.Command)
			cmd.Dir = dir
			said, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != exitOK && code != exitNotFooled {
				t.Fatalf("%v\n%s\n%s", err, r.Command, said)
			}
			written, _ := filepath.Glob(filepath.Join(dir, "*-as-*.png"))
			if left, _ := filepath.Glob(filepath.Join(dir, "*-not-*.png")); len(written) == 0 {
				written = left
			}
			if len(written) != 1 {
				t.Fatalf("%s\nwrote %v\n%s", r.Command, written, said)
			}
			got, err := os.ReadFile(written[0])
			if err != nil || !bytes.Equal(got, ask(t, "GET", s.URL+r.Result.PNG, "", nil, nil)) {
				t.Errorf("%s\nwrites another picture than the lab: %v", r.Command, err)
			}
		})
	}
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
