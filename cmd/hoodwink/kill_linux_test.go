package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A victim is a command that writes into a folder, and is killed on the way.
type victim struct {
	name  string
	args  func(dir string) []string
	again func(dir string) []string // the next run, whatever was left; nil for the same
	env   func(dir string) string
}

func victims(t *testing.T) []victim {
	picture := draw(t, "hoodwink")
	several := []string{"fool", picture}
	for _, name := range []string{"montage.png", "gradient.png", "curves.png"} {
		several = append(several, filepath.Join(filepath.Dir(picture), name))
	}
	mine := filepath.Join(t.TempDir(), "mine.onnx")
	if out, err := exec.Command("hoodwink", "models", "export", "sketchbook", "-o", mine).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	training := func(dir string) []string {
		return []string{"train", "--data", "sketchbook", "--size", "16", "--examples", "200", "--arch", "resnet", "--width", "4",
			"--epochs", "4", "--batch", "40", "--evaluate", "0", "--out", dir}
	}
	add := func(dir string) []string { return []string{"models", "add", "mine", mine, "--models", dir} }
	return []victim{
		{name: "train", args: training, again: func(dir string) []string {
			if exists(filepath.Join(dir, checkpointName)) {
				return []string{"train", "--out", dir, "--resume", "--evaluate", "0"}
			}
			return append(training(dir), "--force")
		}},
		{name: "fool", args: func(dir string) []string {
			return []string{"fool", picture, "-m", "sketchbook", "--as", "vulture", "-o", filepath.Join(dir, "out.png")}
		}},
		{name: "fool --out", args: func(dir string) []string {
			return append(several[:len(several):len(several)], "-m", "sketchbook", "--not-own", "--out", dir)
		}},
		{name: "gradient", args: func(dir string) []string {
			return []string{"gradient", picture, "-m", "sketchbook", "--class", "vulture", "-o", filepath.Join(dir, "g.png"), "--npy", filepath.Join(dir, "g.npy")}
		}},
		{name: "models export", args: func(dir string) []string {
			return []string{"models", "export", "sketchbook", "-o", filepath.Join(dir, "model.onnx"), "--force"}
		}},
		{name: "models add", args: add, again: func(dir string) []string {
			if exists(filepath.Join(dir, "mine", "hoodwink.yaml")) {
				return []string{"models", "check", "mine", "--models", dir}
			}
			return add(dir)
		}},
		{name: "find", args: func(string) []string { return []string{"find", "panda", filepath.Dir(picture), "-m", "sketchbook"} },
			env: func(dir string) string { return "XDG_CACHE_HOME=" + dir }},
	}
}

// kills returns how often each command is killed: 2, or HOODWINK_KILLS.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("HOODWINK_KILLS")); err == nil {
		return n
	}
	return 2
}

// filesIn returns the files in a folder by their path.
func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil {
			all[rel], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all
}

// TestKilledCommands: whenever a command is killed, each file that has its name is whole. The next
// run works, ends in the same files as one that was never disturbed, and leaves nothing else.
func TestKilledCommands(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 11))
	for _, v := range victims(t) {
		command := func(args []string, dir string) *exec.Cmd {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			c := exec.Command("hoodwink", args...)
			if c.Env = os.Environ(); v.env != nil {
				c.Env = append(c.Env, v.env(dir))
			}
			return c
		}
		again := v.again
		if again == nil {
			again = v.args
		}
		undisturbed, dir := filepath.Join(t.TempDir(), "net"), filepath.Join(t.TempDir(), "net")
		began := time.Now()
		if out, err := command(v.args(undisturbed), undisturbed).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", v.name, err, out)
		}
		took := time.Since(began)
		want := filesIn(t, undisturbed)
		killed, left := 0, 0
		for i := range kills() {
			args := again(dir)
			if i%3 == 0 { // from the start; otherwise over what the last one left
				os.RemoveAll(dir)
				args = v.args(dir)
			}
			c := command(args, dir)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			moment := time.Duration(random.Float64() * float64(took))
			time.Sleep(moment)
			c.Process.Kill()
			if c.Wait() != nil {
				killed++
			}
			for name, got := range filesIn(t, dir) {
				switch {
				case strings.HasPrefix(name, ".hoodwink") || strings.Contains(name, "/.hoodwink"):
					left++
				case name == checkpointName: // of any epoch; the next run reads it
				case name == "journal.jsonl" && bytes.HasPrefix(want[name], got): // as far as it came
				case want[name] == nil || !bytes.Equal(got, want[name]):
					t.Errorf("%s, killed after %v of %v: %s is not whole", v.name, moment, took, name)
				}
			}
		}
		if out, err := command(again(dir), dir).CombinedOutput(); err != nil {
			t.Errorf("%s: the run after %d kills: %v\n%s", v.name, killed, err, out)
			continue
		}
		got := filesIn(t, dir)
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				t.Errorf("%s: after the next run %s differs", v.name, name)
			}
		}
		for name := range got {
			if want[name] == nil {
				t.Errorf("%s: %s is left after the next run", v.name, name)
			}
		}
		t.Logf("%-13s %3d kills in %v, %d leftovers on the way, none after the next run", v.name, killed, took.Round(time.Millisecond), left)
	}
}

// TestKilledLab: a lab that was killed while a run was on and pictures came in starts again in its
// folder, which has nothing half written then.
func TestKilledLab(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 12))
	dir := t.TempDir()
	for kill := range kills() {
		begun, s := time.Now(), startLab(t, "--dir", dir)
		base := strings.TrimSuffix(strings.SplitN(s.URL, "?", 2)[0], "/")
		post := func(path string, in, out any) error {
			body, err := json.Marshal(in)
			if err != nil {
				return err
			}
			reply, err := http.Post(base+path, "application/json", bytes.NewReader(body))
			if err != nil {
				return err
			}
			defer reply.Body.Close()
			return json.NewDecoder(reply.Body).Decode(out)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for seed := uint64(1); seed < 1000; seed++ {
				var p struct {
					ID string `json:"id"`
				}
				var r struct{}
				if post("/api/pictures/draw", map[string]any{"class": "giant panda", "seed": seed + uint64(1000*kill), "size": 96}, &p) != nil {
					return
				}
				if post("/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "keep": true}, &r) != nil {
					return
				}
			}
		}()
		for made, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(made) == 0 && time.Since(begun) < time.Minute; {
			time.Sleep(10 * time.Millisecond)
			made, _ = filepath.Glob(filepath.Join(dir, "runs", "*"))
		}
		time.Sleep(time.Duration(random.Float64() * float64(2*time.Second)))
		s.Process.Kill()
		s.Wait()
		<-done
	}
	s := startLab(t, "--dir", dir)
	if got := s.status(t, "localhost", ""); got != 200 {
		t.Errorf("after the kills it answers %d", got)
	}
	files := filesIn(t, dir)
	if len(files) < 5 {
		t.Errorf("only %d files: the labs had nothing to write", len(files))
	}
	for name, content := range files {
		id, described := strings.CutSuffix(name, ".json")
		switch {
		case strings.Contains(name, ".hoodwink-") || strings.HasPrefix(name, "incoming/"):
			t.Errorf("%s is left", name)
		case strings.HasPrefix(name, "pictures/") && described && files[id] == nil:
			t.Errorf("%s describes no picture", name)
		case strings.HasSuffix(name, ".json") && !json.Valid(content):
			t.Errorf("%s is not whole: %.80q", name, content)
		}
	}
	t.Logf("%d kills, %d files in the folder", kills(), len(files))
}
