package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hoodwink/lab"
)

// TestLabEndsUnderLoad: asked to end while it attacks, predicts, tells the story, and waits for
// clients who send or read slowly, a lab is gone within two seconds (here four, for a machine that
// does other things as well), and what its runs had done is kept.
func TestLabEndsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s := startLab(t, "--dir", dir, "--workers", "2")
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var p lab.Picture
	ask(t, "POST", s.URL+"api/pictures/draw", "application/json", []byte(`{"class":"dog","seed":1,"size":64}`), &p)
	var ids []string
	steps := func(id string) int {
		var r lab.Run
		ask(t, "GET", s.URL+"api/runs/"+id, "", nil, &r)
		return r.Steps
	}
	for i := range 5 {
		var r lab.Run
		ask(t, "POST", s.URL+"api/runs", "application/json", fmt.Appendf(nil, `{"picture":%q,"as":"menu","eps":"0.5/255","steps":10000,"keep":true}`, p.ID), &r)
		ids = append(ids, r.ID)
		for i < 3 && steps(r.ID) < 3 {
			time.Sleep(10 * time.Millisecond)
		}
		if i == 0 {
			ask(t, "POST", s.URL+"api/runs/"+r.ID+"/pause", "", nil, nil)
		}
	}
	for i := range 6 { // answers do not matter
		path, body := "api/predict", fmt.Sprintf(`{"picture":%q}`, p.ID)
		if i%2 == 0 {
			path, body = "api/story/hardened", fmt.Sprintf(`{"seed":%d}`, i)
		}
		go http.Post(s.URL+path, "application/json", strings.NewReader(body))
	}
	for _, text := range []string{
		"POST /api/pictures", "POST /api/models?name=x", "POST /api/predict", "GET /api/runs/" + ids[0] + "/events", "GET /api/runs/" + ids[4] + "/events", "GET /api",
	} {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		switch verb, _, _ := strings.Cut(text, " "); {
		case verb == "POST":
			fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", text)
		case strings.HasSuffix(text, "events"):
			fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\n\r\n", text)
		default:
			fmt.Fprint(conn, text)
		}
	}
	time.Sleep(300 * time.Millisecond) // for the requests to arrive
	begin := time.Now()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %v to end\n%s", took, s.stderr.String())
	}
	l, err := lab.New(lab.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(context.Background())
	for i, id := range ids {
		data, err := os.ReadFile(filepath.Join(dir, "runs", id, "run.json"))
		var kept struct{ Run lab.Run }
		if err != nil || json.Unmarshal(data, &kept) != nil || i < 3 && kept.Run.Steps == 0 {
			t.Errorf("of run %d is kept: %v, %d steps", i, err, kept.Run.Steps)
		}
	}
}

// TestBrowserIsShownTheWay: the token of a lab is no argument of the program that opens the
// browser; the file that leads there is for this user only, and gone afterwards.
func TestBrowserIsShownTheWay(t *testing.T) {
	dir := t.TempDir()
	program := "#!/bin/sh\nfor a in \"$@\"; do echo \"argument $a\"; done > '" + dir + "/said'\n" +
		"stat -c '%a' \"$1\" \"$(dirname \"$1\")\" >> '" + dir + "/said'; cat \"$1\" >> '" + dir + "/said'; mv '" + dir + "/said' '" + dir + "/told'\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, open := range []bool{true, false} {
		os.Remove(filepath.Join(dir, "told"))
		args := []string{"--no-open=false", "--dir", t.TempDir()}
		if open {
			args = append(args, "--listen", "0.0.0.0")
		}
		s := startLab(t, args...)
		var told []byte
		for end := time.Now().Add(time.Minute); told == nil && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			told, _ = os.ReadFile(filepath.Join(dir, "told"))
		}
		lines := strings.Split(string(told), "\n")
		if !open {
			if lines[0] != "argument "+s.URL {
				t.Errorf("a browser is shown %s", lines[0])
			}
			continue
		}
		file := strings.TrimPrefix(lines[0], "argument ")
		if len(lines) < 4 || strings.Contains(file, s.Token) || lines[1] != "600" || lines[2] != "700" || !strings.Contains(string(told), s.URL) {
			t.Fatalf("a browser is shown\n%s", told)
		}
		for _, line := range []string{"cmdline", "environ"} {
			if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.Process.Pid, line)); err != nil || strings.Contains(string(data), s.Token) {
				t.Errorf("the token is in %s, %v", line, err)
			}
		}
		s.Process.Signal(syscall.SIGTERM)
		s.Wait()
		if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", file, err)
		}
		if strings.Contains(s.stderr.String(), s.Token) {
			t.Errorf("the log has the token in it:\n%s", s.stderr.String())
		}
	}
}
