package lab

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// policy allows pages only what is served here.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reportPolicy is the policy of the report of a run, whose page contains its style.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// guard admits only requests from permitted sources: to one of our host names, so that no other
// site's name can be pointed at this machine (DNS rebinding); from our own pages or from no page at
// all; and with the token if one is required. Scripts that are no browser send none of the headers
// that tell where a request comes from.
func (l *Lab) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := l.during(context.WithValue(r.Context(), callerKey{}, l.caller(r)))
		defer cancel()
		x := newExchange(w, r.WithContext(ctx), l.replies)
		w, r = x.w, x.r
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Content-Security-Policy", policy)
		if strings.HasSuffix(r.URL.Path, "/report.html") {
			h.Set("Content-Security-Policy", reportPolicy)
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", never)
		}
		defer func() {
			switch v := recover(); {
			case v == http.ErrAbortHandler:
				panic(v)
			case v != nil:
				l.log.Error("a request panicked", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				if x.w.(*reply).begun { // half an answer must not look like a whole one
					panic(http.ErrAbortHandler)
				}
				writeProblem(w, refuse(http.StatusInternalServerError, "internal", "something went wrong on the server; its log says more", ""))
			case x.cause != nil:
				l.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "error", x.cause)
			}
		}()
		switch {
		case !l.ours(r):
			writeProblem(w, refuse(http.StatusMisdirectedRequest, "wrong_host",
				"the lab does not answer to the host name of this request", "start it with --host NAME to allow a name"))
		case !invited(r):
			writeProblem(w, refuse(http.StatusForbidden, "wrong_origin", "this request comes from a page of another site", ""))
		case l.entering(r):
			enter(w, r, l.o.Token)
		case !l.admitted(r):
			writeProblem(w, refuse(http.StatusUnauthorized, "token_missing", "this lab wants a token",
				"open the address that it printed when it was started"))
		case l.isClosing(): // before anything of the request can find out by itself that its context has ended
			writeProblem(w, closingProblem())
		default:
			l.greet(w, r)
			next.ServeHTTP(w, r)
		}
	})
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// ours reports whether a request is to one of the lab's host names, or to the address at which it
// arrived, which belongs to nobody else.
func (l *Lab) ours(r *http.Request) bool {
	name := hostName(r)
	at, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if ip := net.ParseIP(name); ip != nil && at != nil && ip.Equal(at.IP) {
		return true
	}
	return nearby(r) || slices.Contains(l.o.Hosts, name)
}

// nearby reports whether a request is to this machine by a name that only this machine uses.
func nearby(r *http.Request) bool {
	name := hostName(r)
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

func hostName(r *http.Request) string { return strings.ToLower(strings.Trim(host(r.Host), "[]")) }

// invited reports whether a request comes from one of our pages, from the address bar, or from a
// program that is not a browser. From elsewhere a page may be opened by a link, and nothing be
// fetched, embedded or changed.
func invited(r *http.Request) bool {
	h := r.Header
	switch h.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		opens := slices.Contains([]string{"", "navigate"}, h.Get("Sec-Fetch-Mode")) &&
			slices.Contains([]string{"", "document"}, h.Get("Sec-Fetch-Dest"))
		if !opens || !safe(r.Method) || strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
	}
	origin := h.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// tokenCookie has the token, after a visit with the token in the address.
func tokenCookie(r *http.Request) string { return "hoodwink_token_" + port(r) }

// entering reports whether a request opens an address with the token in it.
func (l *Lab) entering(r *http.Request) bool {
	return l.o.Token != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && l.isToken(r.URL.Query().Get("token"))
}

// enter gives a browser the token as a cookie, and sends it to the same address without the token,
// which would otherwise stay in its history, in bookmarks, and on the screen.
func enter(w http.ResponseWriter, r *http.Request, token string) {
	q := r.URL.Query()
	q.Del("token")
	to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, `/\`), RawQuery: q.Encode()} // "//x" would be another host
	setCookie(w, http.Cookie{Name: tokenCookie(r), Value: token})
	w.Header().Set("Cache-Control", never)
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
}

// admitted checks the token, in the cookie or as a bearer token.
func (l *Lab) admitted(r *http.Request) bool {
	if l.o.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && l.isToken(token) {
		return true
	}
	c, err := r.Cookie(tokenCookie(r))
	return err == nil && l.isToken(c.Value)
}

// isToken compares in a time that says nothing of the token.
func (l *Lab) isToken(s string) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(l.o.Token)) == 1
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, err error) {
	p := err.(*Problem)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}
