package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hoodwink/lab"
)

// A served lab is one in a process of its own.
type served struct {
	*exec.Cmd
	labAddress
	stderr strings.Builder
}

func startLab(t *testing.T, args ...string) *served {
	t.Helper()
	s := &served{Cmd: exec.Command("hoodwink", append([]string{"lab", "--no-open", "--port", "0", "--json", "-m", "sketchbook"}, args...)...)}
	s.Stderr = &s.stderr
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill(); s.Wait() })
	line := bufio.NewScanner(out)
	if !line.Scan() || json.Unmarshal(line.Bytes(), &s.labAddress) != nil {
		s.Wait()
		t.Fatalf("it says %q\n%s", line.Text(), s.stderr.String())
	}
	return s
}

// status asks for the lab's info at another address than the one it printed.
func (s *served) status(t *testing.T, host, token string) int {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("GET", "http://"+net.JoinHostPort(host, u.Port())+"/api/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	reply.Body.Close()
	return reply.StatusCode
}

// outside is an address of this machine that is not the loopback's, "" if it has none.
func outside() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}

// TestLabListens: at the loopback alone and without a token, unless others are to be
// answered, who then need one and may use any address of the machine.
func TestLabListens(t *testing.T) {
	other := outside()
	own := startLab(t, "--dir", t.TempDir())
	if own.Token != "" || own.status(t, "localhost", "") != 200 {
		t.Errorf("a lab for this machine has the token %q and answers %d", own.Token, own.status(t, "localhost", ""))
	}
	if other != "" && own.status(t, other, "") != 0 {
		t.Errorf("a lab for this machine answers at %s", other)
	}
	open := startLab(t, "--dir", t.TempDir(), "--listen", "0.0.0.0")
	if len(open.Token) != 32 || !strings.Contains(open.URL, "?token="+open.Token) {
		t.Fatalf("a lab for others has the token %q, its address is %s", open.Token, open.URL)
	}
	for _, host := range []string{"localhost", other} {
		if host == "" {
			continue
		}
		for token, want := range map[string]int{"": 401, "0" + open.Token[1:] + "0": 401, open.Token: 200} {
			if got := open.status(t, host, token); got != want {
				t.Errorf("at %s with the token %q: status %d, want %d", host, token, got, want)
			}
		}
	}
}

// TestLabFolderInUse: a second lab on one folder says so, and how to have another one.
func TestLabFolderInUse(t *testing.T) {
	dir := t.TempDir()
	startLab(t, "--dir", dir)
	said, err := exec.Command("hoodwink", "lab", "--no-open", "--port", "0", "--dir", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "in use by another lab") || !strings.Contains(string(said), "--dir") {
		t.Errorf("it ends with %v and says\n%s", err, said)
	}
}

// TestLabEnds: a lab that is asked to end writes down what runs, best picture included; of
// one that is killed, the log is there.
func TestLabEnds(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			s := startLab(t, "--dir", dir)
			var p lab.Picture
			var r lab.Run
			ask(t, "POST", s.URL+"api/pictures/draw", "application/json", []byte(`{"class":"dog","seed":1,"size":64}`), &p)
			ask(t, "POST", s.URL+"api/runs", "application/json", fmt.Appendf(nil, `{"picture":%q,"as":"menu","eps":"0.5/255","steps":10000,"keep":true}`, p.ID), &r)
			for end := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
				var written struct{ Run lab.Run }
				if data, err := os.ReadFile(filepath.Join(dir, "runs", r.ID, "run.json")); err == nil && json.Unmarshal(data, &written) == nil && written.Run.Steps > 0 {
					break
				}
				if time.Now().After(end) {
					t.Fatal("nothing is written down")
				}
			}
			s.Process.Signal(signal)
			err := s.Wait()
			if killed := signal == syscall.SIGKILL; (err == nil) == killed {
				t.Fatalf("it ended with %v\n%s", err, s.stderr.String())
			}
			l, err := lab.New(lab.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close(context.Background())
			again := httptest.NewServer(l.Handler())
			defer again.Close()
			ask(t, "GET", again.URL+"/api/runs/"+r.ID, "", nil, &r)
			if r.State != lab.Interrupted || r.Steps == 0 || len(r.Frames) == 0 || (r.Result != nil) != (signal != syscall.SIGKILL) {
				t.Errorf("the run is %s after %d steps with %d pictures and the result %v", r.State, r.Steps, len(r.Frames), r.Result)
			}
			ask(t, "GET", again.URL+fmt.Sprintf("/api/runs/%s/steps/%d/change.png", r.ID, r.Frames[len(r.Frames)-1]), "", nil, nil)
			if events := ask(t, "GET", again.URL+"/api/runs/"+r.ID+"/events", "", nil, nil); !strings.Contains(string(events), "event: steps") {
				t.Errorf("the log is empty: %.300s", events)
			}
		})
	}
}
