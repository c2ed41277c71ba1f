package lab

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
)

// browser is a client that keeps cookies; it has opened a page.
func (c *client) browser(query ...string) *client {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	own := *c
	own.http = &http.Client{Transport: c.http.Transport, Jar: jar}
	own.call("GET", "/"+strings.Join(query, ""), nil, 200, nil)
	return &own
}

// TestMadeUpCookies: who takes on another name with every request has the same limits; the names
// that the lab gives out are bounded by their address, and leave others room.
func TestMadeUpCookies(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	ask := func(cookie string) int {
		r := httptest.NewRequest("POST", c.url+"/api/runs", strings.NewReader(`{"picture":"`+p.ID+`","as":"menu","eps":"0.5/255","steps":10000,"keep":true}`))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = "198.51.100.7:1234"
		if cookie != "" {
			r.Header.Set("Cookie", clientCookie(r)+"="+cookie)
		}
		return answer(l, r)
	}
	for i := range maxPerClient {
		if s := ask(randomID() + randomID()); s != 201 {
			t.Fatalf("run %d of one address: status %d", i, s)
		}
	}
	for name, cookie := range map[string]string{
		"no cookie": "", "a made-up name": randomID(), "a name with a made-up seal": randomID() + randomID(),
		"the seal of another name": randomID() + l.seal(randomID()), "another lab's": "x",
	} {
		if s := ask(cookie); s != 429 {
			t.Errorf("one more run with %s: status %d", name, s)
		}
	}
	taken := maxPerClient
	for range mostRuns.address { // names that the lab has given out
		if id := randomID(); ask(id+l.seal(id)) == 201 {
			taken++
		}
	}
	if taken != mostRuns.address {
		t.Errorf("one address with many names has %d runs, want %d", taken, mostRuns.address)
	}
	if c.browser().start(endless(p)).State != Queued {
		t.Error("there is no room for another address")
	}
}

// TestNameIsKept: a browser keeps its name, in all its requests and when the lab is started again.
// Another port has another cookie.
func TestNameIsKept(t *testing.T) {
	dir := t.TempDir()
	var cookie *http.Cookie
	t.Run("first", func(t *testing.T) {
		_, c := serveLab(t, Options{Dir: dir})
		reply, err := c.http.Get(c.url + "/")
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if all := reply.Cookies(); len(all) != 1 || !all[0].HttpOnly || all[0].SameSite != http.SameSiteLaxMode {
			t.Fatalf("the cookies are %v", all)
		}
		cookie = reply.Cookies()[0]
	})
	l, _ := serveLab(t, Options{Dir: dir})
	for _, c := range []struct {
		host  string
		known bool
	}{{"localhost:" + cookie.Name[len("hoodwink_client_"):], true}, {"localhost:1", false}, {"localhost", false}} {
		r := httptest.NewRequest("GET", "http://"+c.host+"/", nil)
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		if (l.named(r) == cookie.Value[:idLength]) != c.known || (len(w.Result().Cookies()) == 0) != c.known {
			t.Errorf("at %s the browser is %q, and gets the cookies %v", c.host, l.named(r), w.Result().Cookies())
		}
	}
	other, _ := serveLab(t, Options{})
	r := httptest.NewRequest("GET", "http://localhost:9990/", nil)
	id := randomID()
	r.AddCookie(&http.Cookie{Name: clientCookie(r), Value: id + l.seal(id)})
	if l.named(r) != id || other.named(r) != "" {
		t.Error("a name of one lab counts in another")
	}
}

// TestNetwork: all addresses of one machine count as one.
func TestNetwork(t *testing.T) {
	for remote, want := range map[string]string{
		"198.51.100.7:80": "198.51.100.7", "[::ffff:198.51.100.7]:80": "198.51.100.7", "[::1]:80": "::1",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64", "@": "@",
	} {
		if got := network(remote); got != want {
			t.Errorf("%s counts as %s, want %s", remote, got, want)
		}
	}
}
