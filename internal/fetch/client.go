package fetch

import (
	"fmt"
	"net/http"
)

const (
	maxRedirects = 5
	maxHeaders   = 64 << 10 // bytes of an answer's headers
)

// Client asks servers. It follows few redirects, and none that gives up encryption: an address that
// begins with https stays with it.
var Client = &http.Client{Transport: transport(), CheckRedirect: func(next *http.Request, before []*http.Request) error {
	switch last := before[len(before)-1]; {
	case len(before) > maxRedirects:
		return finalError{fmt.Errorf("more than %d redirects", maxRedirects)}
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return finalError{fmt.Errorf("the server redirects from https to %s", next.URL.Scheme)}
	}
	return nil
}}

func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = maxHeaders
	return t
}
