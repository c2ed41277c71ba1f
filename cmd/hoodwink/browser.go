package main

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// openBrowser opens a lab in a browser, if there is one. Every user of a machine can see the
// arguments of its processes, so an address with a token is none of them: the browser is shown a
// file that only this user may read, and that leads there. The returned function deletes it.
func openBrowser(a labAddress) (forget func()) {
	target, forget := a.URL, func() {}
	if a.Token != "" {
		var err error
		if target, forget, err = leadTo(a.URL); err != nil {
			return func() {} // the address is printed, too
		}
	}
	name, args := "xdg-open", []string{target}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", target}
	}
	if c := exec.Command(name, args...); c.Start() == nil {
		go c.Wait()
	}
	return forget
}

// leadTo writes a page that leads to an address, for this user only.
func leadTo(url string) (file string, forget func(), err error) {
	dir, err := os.MkdirTemp("", "hoodwink-") // which others may not enter
	if err != nil {
		return "", nil, err
	}
	file = filepath.Join(dir, "lab.html")
	page := fmt.Sprintf("<!doctype html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"+
		"<meta http-equiv=\"refresh\" content=\"0;url=%s\">\n<title>hoodwink lab</title>\n", html.EscapeString(url))
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	return file, func() { os.RemoveAll(dir) }, nil
}
