// Command release builds what we publish: for every system an archive of the program with its
// licences and completions, a list of the modules in it (CycloneDX), and SHA256SUMS over all.
//
//	go run ./internal/release -version 1.2.3 -o dist
//
// The same sources, version and Go give the same bytes in any folder, on any machine: no path, clock,
// user or checkout's state gets in. The time of all files is that of the commit, or SOURCE_DATE_EPOCH.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// sbomTool lists the modules in a binary. It is run at this version, and no dependency of ours.
const sbomTool = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	var r release
	flag.StringVar(&r.version, "version", "", "version of the program, as it says itself (needed)")
	flag.StringVar(&r.out, "o", "dist", "folder of the release; new or empty")
	targets := flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64",
		"systems and processors")
	sbom := flag.Bool("sbom", true, "list the modules in each binary, by "+sbomTool)
	flag.Parse()
	if flag.NArg() > 0 || r.version == "" || strings.ContainsAny(r.version, " /\\'\"") {
		log.Fatal("usage: go run ./internal/release -version 1.2.3 [-o dist] [-targets linux/amd64,...] [-sbom=false]")
	}
	if err := r.run(strings.Split(*targets, ","), *sbom); err != nil {
		log.Fatal(err)
	}
}

// A release is one run of this command.
type release struct {
	version string
	out     string
	work    string // a folder for what is not published
	time    time.Time
}

func (r *release) run(targets []string, sbom bool) (err error) {
	if entries, err := os.ReadDir(r.out); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want a new or empty folder (%v)", r.out, err)
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if r.time, err = sourceTime(); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "hoodwink-release-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	if sbom {
		env := []string{"GOBIN=" + r.work, "GOFLAGS=", "CGO_ENABLED=0"}
		if _, err := command(env, "go", "install", "-trimpath", sbomTool); err != nil {
			return err
		}
	}
	shared, err := r.shared()
	if err != nil {
		return err
	}
	for _, target := range targets {
		if err := r.target(target, shared, sbom); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
	}
	return r.sums()
}

// shared returns the files that are the same in all archives.
func (r *release) shared() ([]file, error) {
	var files []file
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "CHANGELOG.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, data, 0o644})
	}
	host, err := r.build(runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	for _, c := range []struct{ shell, name string }{
		{"bash", "hoodwink.bash"}, {"zsh", "_hoodwink"}, {"fish", "hoodwink.fish"}, {"powershell", "hoodwink.ps1"},
	} {
		text, err := command(nil, host, "completion", c.shell)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"completions/" + c.name, text, 0o644})
	}
	return files, nil
}

// target writes the archive of one system, and the list of its modules.
func (r *release) target(target string, shared []file, sbom bool) error {
	goos, goarch, ok := strings.Cut(target, "/")
	if !ok {
		return errors.New("want a system and a processor, such as linux/amd64")
	}
	binary, err := r.build(goos, goarch)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("hoodwink-%s-%s-%s", r.version, goos, goarch)
	a := archive{top: name, time: r.time, files: append([]file{{filepath.Base(binary), data, 0o755}}, shared...)}
	packed, suffix := a.tarball, ".tar.gz"
	if goos == "windows" {
		packed, suffix = a.zip, ".zip"
	}
	if data, err = packed(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.out, name+suffix), data, 0o644); err != nil || !sbom {
		return err
	}
	_, err = command(nil, filepath.Join(r.work, "cyclonedx-gomod"), "bin", "-json", "-licenses", "-std", "-noserial",
		"-notimestamp", "-version", r.version, "-output", filepath.Join(r.out, name+".cdx.json"), binary)
	return err
}

// build compiles the program for a system, and returns the path of the binary. Whatever could differ
// between two machines is set: the instructions that the processor must have are the oldest ones,
// and flags of the user do not count.
func (r *release) build(goos, goarch string) (string, error) {
	binary := filepath.Join(r.work, goos+"-"+goarch, "hoodwink")
	if goos == "windows" {
		binary += ".exe"
	}
	env := []string{
		"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + goarch,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off",
	}
	_, err := command(env, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X main.version="+r.version, "-o", binary, "./cmd/hoodwink")
	return binary, err
}

// sums writes the checksums of all files of the release, as sha256sum -c reads them.
func (r *release) sums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), sums.Bytes(), 0o644)
}

// sourceTime returns the time of the sources: SOURCE_DATE_EPOCH, or that of the commit.
func sourceTime() (time.Time, error) {
	seconds := os.Getenv("SOURCE_DATE_EPOCH")
	if seconds == "" {
		out, err := command(nil, "git", "log", "-1", "--format=%ct")
		if err != nil {
			return time.Time{}, fmt.Errorf("%w (outside a checkout set SOURCE_DATE_EPOCH)", err)
		}
		seconds = strings.TrimSpace(string(out))
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time of the sources: %w", err)
	}
	return time.Unix(n, 0).UTC(), nil
}

// command runs a program, and returns its standard output; the error has what it wrote on standard error.
func command(env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out, err
}
