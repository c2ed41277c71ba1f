package lab

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

func grey(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	x := tensor.New(1, 3, side, side)
	for i := range x.Data {
		x.Data[i] = 0.5
	}
	if err := preprocess.EncodePNG(&b, x, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTakeBack: whoever has sent a picture can delete it, and nobody else; one that two have sent
// stays for the other; one that a run needs stays. A restart of the lab changes nothing.
func TestTakeBack(t *testing.T) {
	dir := t.TempDir()
	var p SentPicture
	var one, two, none *http.Client
	var base string
	on := func(c *client, who *http.Client) *client { own := *c; own.http = who; return &own }
	t.Run("first", func(t *testing.T) {
		l, c := serveLab(t, Options{Dir: dir})
		base = c.url
		one, two, none = c.browser().http, c.browser().http, c.http
		if on(c, one).call("POST", "/api/pictures?name=one.png", grey(t, 64), 201, &p); !p.Own {
			t.Error("what one has sent is not one's own")
		}
		var seen SentPicture
		if on(c, two).call("GET", "/api/pictures/"+p.ID, nil, 200, &seen); seen.Own {
			t.Error("what another has sent is one's own")
		}
		for _, other := range []*http.Client{two, none} {
			var problem Problem
			on(c, other).call("DELETE", "/api/pictures/"+p.ID, nil, 403, &problem)
			if problem.Code != "not_yours" {
				t.Errorf("problem %+v", problem)
			}
		}
		r := on(c, one).start(map[string]any{"picture": p.ID, "as": "menu", "eps": "0.5/255", "steps": 10000, "keep": true, "mask": p.ID})
		var problem Problem
		on(c, one).call("DELETE", "/api/pictures/"+p.ID, nil, 409, &problem)
		if problem.Code != "picture_in_use" {
			t.Errorf("problem %+v", problem)
		}
		c.call("POST", "/api/runs/"+r.ID+"/cancel", nil, 200, nil)
		<-l.runs.find(r.ID).ended
		on(c, two).call("POST", "/api/pictures?name=two.png", grey(t, 64), 201, nil)
	})
	t.Run("second", func(t *testing.T) {
		l, c := serveLab(t, Options{Dir: dir})
		one.Transport, two.Transport = at{c, base, one.Transport}, at{c, base, two.Transport}
		c.url = base
		on(c, one).call("DELETE", "/api/pictures/"+p.ID, nil, 204, nil)
		on(c, one).call("DELETE", "/api/pictures/"+p.ID, nil, 403, nil)
		on(c, two).call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil)
		on(c, two).call("DELETE", "/api/pictures/"+p.ID, nil, 204, nil)
		on(c, two).call("DELETE", "/api/pictures/"+p.ID, nil, 404, nil)
		on(c, two).call("DELETE", "/api/pictures/..%2fsecret", nil, 404, nil)
		if _, err := os.Stat(l.picturePath(p.ID)); !os.IsNotExist(err) {
			t.Errorf("the file is still there: %v", err)
		}
		sum := l.pictureBytes
		if l.countPictures(); sum != l.pictureBytes {
			t.Errorf("%d bytes of pictures are counted, there are %d", sum, l.pictureBytes)
		}
	})
}

// at sends requests for an earlier lab's address to another lab, with the earlier one's cookies.
type at struct {
	c    *client
	host string
	next http.RoundTripper
}

func (a at) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Host = a.c.listens
	return a.next.RoundTrip(r)
}

// TestManyOwners: however many send a picture, what is kept of them is bounded, and it stays for
// those who are not named.
func TestManyOwners(t *testing.T) {
	var d deposit
	for range 3 {
		for i := range 1000 {
			d.add(fmt.Sprint("client ", i))
		}
	}
	if len(d.Owners) != mostOwners+1 || d.Owners[mostOwners] != everybody {
		t.Errorf("%d owners, the last is %s", len(d.Owners), d.Owners[len(d.Owners)-1])
	}
	l, _ := serveLab(t, Options{})
	p, err := l.draw(as(everybody), &Drawing{"dog", 1, 32})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.takeBack(p.ID, everybody); err == nil {
		t.Error("one who is called like all deletes a picture")
	}
}

// TestTakeBackInBrowser: a picture of one's own has a button that deletes it, a drawing has none.
func TestTakeBackInBrowser(t *testing.T) {
	l, c := serveLab(t, Options{})
	b := browse(t, c)
	for lang, label := range map[string]string{"en": "Delete", "zh": "删除"} {
		b.open("/?lang=" + lang + "&picture=draw:giant%20panda:7:64")
		b.wait(`document.querySelector("#pictureinfo").textContent !== "" && document.querySelector("#takeback").hidden`)
		b.carry("drop", "#well", "/api/drawings/tennis%20ball?seed=3&size=128")
		b.wait(`document.querySelector("#takeback").textContent === "` + label + `" && !document.querySelector("#takeback").hidden`)
		id := b.text(`new URLSearchParams(location.search).get("picture")`)
		if _, err := l.picture(id); err != nil {
			t.Fatal(err)
		}
		b.wait(`document.querySelector("#sees").textContent !== ""`)
		b.shoot("workbench-own-" + lang)
		b.do(chromedp.Evaluate(`window.confirm = () => true; document.querySelector("#takeback").click()`, nil))
		until(t, "the end of the picture", func() bool { _, err := l.picture(id); return err != nil })
		b.do(chromedp.WaitVisible("#begin"))
	}
	b.quiet()
}
