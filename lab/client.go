package lab

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// A caller is whoever makes a request. What a client may have at a time is counted for its name and
// for its address, so that one address does not get more by taking on many names.
type caller struct {
	name    string // of the browser, by the cookie that this lab gave it; or else one made of the address
	address string // or network, see network
}

// clientCookie identifies a browser, so that it finds its runs again. It grants no access. The port
// is part of its name: a browser has one jar for all ports of a host, and each may be another lab's.
func clientCookie(r *http.Request) string { return "hoodwink_client_" + port(r) }

type callerKey struct{}

// caller returns whose request it is.
func (l *Lab) caller(r *http.Request) caller {
	at := network(r.RemoteAddr)
	if id := l.named(r); id != "" {
		return caller{id, at}
	}
	return caller{"address " + at, at}
}

// greet gives a cookie to a browser that opens a page and has none of ours.
func (l *Lab) greet(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") || l.named(r) != "" {
		return
	}
	id := randomID()
	setCookie(w, http.Cookie{Name: clientCookie(r), Value: id + l.seal(id), MaxAge: 365 * 24 * 3600})
}

// named returns the name in a request's cookie, "" if there is none that this lab has given out.
func (l *Lab) named(r *http.Request) string {
	c, err := r.Cookie(clientCookie(r))
	if err != nil || !isHex(c.Value, idLength+sealLength) {
		return ""
	}
	id := c.Value[:idLength]
	if !hmac.Equal([]byte(c.Value[idLength:]), []byte(l.seal(id))) {
		return ""
	}
	return id
}

// sealLength is the number of hexadecimal digits of a seal.
const sealLength = 32

// seal returns what only a lab of the same folder can put behind a name.
func (l *Lab) seal(name string) string {
	h := hmac.New(sha256.New, l.secret)
	h.Write([]byte("client " + name))
	return hex.EncodeToString(h.Sum(nil))[:sealLength]
}

// setCookie sets a cookie of ours. Lax, not Strict: someone who comes by a link from elsewhere is to
// be known again; what a page of another site may ask for is for guard to say.
func setCookie(w http.ResponseWriter, c http.Cookie) {
	c.Path, c.HttpOnly, c.SameSite = "/", true, http.SameSiteLaxMode
	http.SetCookie(w, &c)
}

// callerOf returns whose request a context belongs to.
func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who
}

// network returns the address of a client as far as it says who that is: of an IPv6 address the
// first 64 bits, for whoever has one address has all that begin like it.
func network(remote string) string {
	at, err := netip.ParseAddr(host(remote))
	if err != nil {
		return host(remote)
	}
	at = at.Unmap().WithZone("")
	if at.Is4() || at.IsLoopback() {
		return at.String()
	}
	prefix, _ := at.Prefix(64)
	return prefix.String()
}

func host(addr string) string {
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}
	return addr
}

// port returns the port that a browser sees.
func port(r *http.Request) string {
	_, p, err := net.SplitHostPort(r.Host)
	if err != nil || p == "" || strings.Trim(p, "0123456789") != "" {
		return "80"
	}
	return p
}

// idLength is the number of hexadecimal digits of a random identity.
const idLength = 32

// randomID returns 128 random bits in hex.
func randomID() string {
	var b [idLength / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// isHex reports whether s is n lower-case hexadecimal digits.
func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
