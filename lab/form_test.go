package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// A formPart is a field of a form: a file if it has a name as such.
type formPart struct {
	field, file string
	data        []byte
}

func form(t *testing.T, parts ...formPart) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.file != "" {
			to, err = w.CreateFormFile(p.field, p.file)
		} else {
			to, err = w.CreateFormField(p.field)
		}
		if err != nil {
			t.Fatal(err)
		}
		to.Write(p.data)
	}
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// send posts a body of some type and reads the answer into out.
func (c *client) send(path, kind string, body io.Reader, want int, out any) {
	c.t.Helper()
	reply, err := c.http.Post(c.url+path, kind, body)
	if err != nil {
		c.t.Fatal(err)
	}
	defer reply.Body.Close()
	data, _ := io.ReadAll(reply.Body)
	if reply.StatusCode != want {
		c.t.Fatalf("POST %s: status %d, want %d: %.300s", path, reply.StatusCode, want, data)
	}
	if err := json.Unmarshal(data, out); err != nil {
		c.t.Fatalf("POST %s: %v in %.200s", path, err, data)
	}
}

// TestForms: a form with one file is as good as the file itself, and the file's name in it is as good as one
// in the address.
func TestForms(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	file := c.call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil)
	for _, q := range []struct{ query, file, want string }{
		{"", "dog.png", "dog.png"}, {"?name=other.png", "dog.png", "other.png"}, {"", `C:\a\dog.png`, "dog.png"}, {"", "狗.png", "狗.png"}, {"", strings.Repeat("x", 250), strings.Repeat("x", 200)},
	} {
		kind, body := form(t, formPart{"any", q.file, file})
		var got Picture
		if c.send("/api/pictures"+q.query, kind, bytes.NewReader(body), 201, &got); got.ID != p.ID || got.Name != q.want || got.Bytes != int64(len(file)) {
			t.Errorf("%s in %q: %+v", q.file, q.query, got)
		}
		// in chunks
		if c.send("/api/pictures"+q.query, kind, io.MultiReader(bytes.NewReader(body)), 201, &got); got.ID != p.ID {
			t.Errorf("%s, of a length that is not said: %+v", q.file, got)
		}
	}
	network := exported(t)
	for _, q := range []struct{ query, file, want string }{{"?name=mine&preset=raw", "x.onnx", "mine"}, {"?preset=raw", "Other-1.onnx", "other-1"}} {
		kind, body := form(t, formPart{"file", q.file, network})
		var u Upload
		if c.send("/api/models"+q.query, kind, bytes.NewReader(body), 201, &u); u.Model.Name != q.want {
			t.Errorf("%s: called %q, want %q", q.file, u.Model.Name, q.want)
		}
	}
	var problem Problem
	kind, body := form(t, formPart{"file", "my net.onnx", network})
	if c.send("/api/models", kind, bytes.NewReader(body), 422, &problem); problem.Code != "model_name" || problem.Hint == "" {
		t.Errorf("a name that cannot be: %+v", problem)
	}
	if c.send("/api/models", "application/octet-stream", bytes.NewReader(network), 422, &problem); problem.Code != "model_name" || !strings.Contains(problem.Hint, "?name=") {
		t.Errorf("no name: %+v", problem)
	}
}

// TestBadForms: a malformed form gets one clear answer, and no more of it is read than of a file.
func TestBadForms(t *testing.T) {
	_, c := serveLab(t, Options{})
	file := formPart{"file", "a.png", []byte("no picture")}
	kind, good := form(t, file)
	boundary := strings.TrimPrefix(kind, "multipart/form-data; boundary=")
	large := func(n int64) io.Reader {
		head, tail, _ := bytes.Cut(good, file.data)
		return io.MultiReader(bytes.NewReader(head), io.LimitReader(zero{}, n), bytes.NewReader(tail))
	}
	bytesOf := func(parts ...formPart) io.Reader {
		k, b := form(t, parts...)
		return strings.NewReader(strings.ReplaceAll(string(b), strings.TrimPrefix(k, "multipart/form-data; boundary="), boundary))
	}
	for _, q := range []struct {
		what, kind string
		body       io.Reader
		want       int
		code, says string
	}{
		{"no picture inside", kind, bytes.NewReader(good), 422, "picture_unreadable", "a.png"},
		{"an empty file", kind, bytesOf(formPart{"file", "a.png", nil}), 400, "picture_empty", "no picture"},
		{"a file that just fits", kind, large(maxPictureBytes), 422, "picture_unreadable", ""},
		{"a file that does not fit", kind, large(maxPictureBytes + 1), 413, "too_large", ""},
		{"far more than fits", kind, large(maxPictureBytes + 1<<20), 413, "too_large", ""},
		{"no boundary", "multipart/form-data", bytes.NewReader(good), 400, "bad_form", "boundary"},
		{"another boundary", kind + "x", bytes.NewReader(good), 400, "bad_form", ""},
		{"no field", kind, strings.NewReader("--" + boundary + "--\r\n"), 400, "bad_form", "empty"},
		{"nothing at all", kind, strings.NewReader(""), 400, "bad_form", "empty"},
		{"cut off", kind, bytes.NewReader(good[:len(good)-len(boundary)-8]), 400, "bad_form", "too early"},
		{"a field that is no file", kind, bytesOf(formPart{"name", "", []byte("x")}, file), 400, "bad_form", `"name"`},
		{"another field behind the file", kind, bytesOf(file, formPart{"preset", "", []byte("raw")}), 400, "bad_form", `"preset"`},
		{"two files", kind, bytesOf(file, file), 400, "bad_form", "another field"},
		{"headers without end", kind, io.MultiReader(strings.NewReader("--"+boundary+"\r\nX: "), io.LimitReader(zero{}, 1<<20)), 400, "bad_form", ""},
		{"a preamble without end", kind, io.LimitReader(zero{}, 1<<20), 400, "bad_form", ""},
		{"base64", kind, strings.NewReader("--" + boundary + "\r\nContent-Disposition: form-data; name=f; filename=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--" + boundary + "--\r\n"), 400, "bad_form", "base64"},
		{"another kind of several parts", "multipart/mixed; boundary=" + boundary, bytes.NewReader(good), 415, "wrong_type", "multipart/mixed"},
	} {
		var problem Problem
		c.send("/api/pictures", q.kind, q.body, q.want, &problem)
		if problem.Code != q.code || !strings.Contains(problem.Detail, q.says) || problem.Hint == "" {
			t.Errorf("%s: %+v", q.what, problem)
		}
	}
}

// TestFormIsDescribed: the description lists forms among the bodies.
func TestFormIsDescribed(t *testing.T) {
	_, c := serveLab(t, Options{})
	router, err := gorillamux.NewRouter(description(t, c))
	if err != nil {
		t.Fatal(err)
	}
	openapi3filter.RegisterBodyDecoder("image/png", openapi3filter.FileBodyDecoder)
	for _, path := range []string{"/api/pictures", "/api/models"} {
		for fields, want := range map[string]bool{"file": true, "other": false} {
			kind, body := form(t, formPart{fields, "a.png", []byte("x")})
			req, _ := http.NewRequest("POST", c.url+path, bytes.NewReader(body))
			req.Header.Set("Content-Type", kind)
			route, parameters, err := router.FindRoute(req)
			if err != nil {
				t.Fatal(err)
			}
			err = openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{Request: req, PathParams: parameters, Route: route})
			if (err == nil) != want {
				t.Errorf("%s with the field %s: %v", path, fields, err)
			}
		}
	}
}

// TestWrongMethods: a method that an address has not is refused with those that it has.
func TestWrongMethods(t *testing.T) {
	_, c := serveLab(t, Options{})
	doc := description(t, c)
	methods := []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT", "OPTIONS", "BREW"}
	for path, item := range doc.Paths.Map() {
		if path == "/api/pictures/draw" || path == "/api/pictures/black" {
			continue // addresses of pictures that do not exist
		}
		allowed := map[string]bool{"HEAD": item.Get != nil}
		var list []string
		for _, m := range methods {
			if allowed[m] = allowed[m] || item.Operations()[m] != nil; allowed[m] {
				list = append(list, m)
			}
		}
		for _, m := range methods {
			if allowed[m] {
				continue
			}
			req, _ := http.NewRequest(m, c.url+strings.NewReplacer("{", "", "}", "").Replace(path), nil)
			reply, err := c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(reply.Body)
			reply.Body.Close()
			if got := reply.Header.Get("Allow"); reply.StatusCode != 405 || got != strings.Join(list, ", ") {
				t.Errorf("%s %s: status %d, Allow %q, want %v", m, path, reply.StatusCode, got, list)
			}
			if m != "HEAD" && !strings.Contains(string(data), `"wrong_method"`) {
				t.Errorf("%s %s: %s", m, path, data)
			}
		}
	}
	for _, path := range []string{"/api/openapi.json", "/api/openapi.yaml"} {
		if reply, err := c.http.Post(c.url+path, "", nil); err != nil || reply.StatusCode != 405 {
			t.Errorf("POST %s: %v, %v", path, reply, err)
		}
	}
	for _, m := range methods {
		req, _ := http.NewRequest(m, c.url+"/api/nothing", nil)
		if reply, err := c.http.Do(req); err != nil || reply.StatusCode != 404 || reply.Header.Get("Allow") != "" {
			t.Errorf("%s where nothing is: %v, %v", m, fmt.Sprint(reply), err)
		}
	}
}
