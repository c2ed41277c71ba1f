package model

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/advice"
	"hoodwink/internal/testnet"
)

// TestMain keeps what models of the user's own are remembered by apart from the user's.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "model")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		os.Setenv(name, home)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

// tinyFiles are those of the tiny network.
func tinyFiles(t *testing.T) map[string]string {
	return map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "tiny.caffemodel": string(testnet.TinyWeights(t, 1)), "labels.txt": testnet.TinyLabels}
}

// TestContractStaysInItsFolder: whatever a stranger's contract or folder names, nothing is read that
// is not in the folder; and what could wait for ever is not opened.
func TestContractStaysInItsFolder(t *testing.T) {
	const secret = "SECRET one\nSECRET two\nSECRET three\nSECRET four\nSECRET five\n"
	for name, c := range map[string]struct {
		contract string
		links    map[string]string // names in the folder, and where they lead
		want     string
	}{
		"labels above":      {"labels: ../secret.txt\n", nil, "labels names ../secret.txt, which is outside"},
		"labels absolute":   {"labels: {ABOVE}/secret.txt\n", nil, "secret.txt, which is outside"},
		"labels there back": {"labels: ../net/../secret.txt\n", nil, "outside of the contract's folder"},
		"labels linked":     {"labels: l.txt\n", map[string]string{"l.txt": "../secret.txt"}, "l.txt: it escapes"},
		"folder linked":     {"labels: sub/secret.txt\n", map[string]string{"sub": "{ABOVE}"}, "it escapes"},
		"labels found":      {"", map[string]string{"labels.txt": "{ABOVE}/secret.txt"}, "labels.txt: it escapes"},
		"weights above":     {"weights: ../secret.txt\ndefinition: deploy.prototxt\n", nil, "weights names"},
		"weights linked":    {"weights: w.caffemodel\ndefinition: deploy.prototxt\n", map[string]string{"w.caffemodel": "../tiny.caffemodel"}, "it escapes"},
		"definition above":  {"definition: /etc/passwd\nweights: tiny.caffemodel\n", nil, "definition names /etc/passwd"},
		"definition linked": {"", map[string]string{"deploy.prototxt": "/etc/passwd"}, "it escapes"},
		"mean above":        {"mean_image: ../mean.npy\n", nil, "mean_image names"},
		"mean linked":       {"mean_image: m.npy\n", map[string]string{"m.npy": "../mean.npy"}, "it escapes"},
		"contract linked":   {"-", map[string]string{ContractName: "../secret.txt"}, "it escapes"},
		"a device":          {"labels: zero\n", map[string]string{"zero": "/dev/zero"}, "it escapes"},
		"of this process":   {"labels: /proc/self/environ\n", nil, "labels names /proc/self/environ"},
	} {
		t.Run(name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "net")
			testnet.Put(t, dir, tinyFiles(t))
			testnet.Put(t, above, map[string]string{"secret.txt": secret, "tiny.caffemodel": string(testnet.TinyWeights(t, 1)), "mean.npy": "SECRET"})
			if c.contract != "-" && c.contract != "" {
				testnet.Put(t, dir, map[string]string{ContractName: "name: net\n" + strings.ReplaceAll(c.contract, "{ABOVE}", filepath.ToSlash(above))})
			}
			for at, to := range c.links {
				os.Remove(filepath.Join(dir, at))
				if err := os.Symlink(strings.ReplaceAll(to, "{ABOVE}", above), filepath.Join(dir, at)); err != nil {
					t.Skip(err)
				}
			}
			m, err := open(dir)
			if err == nil {
				t.Fatalf("opened, its first class is %q", m.Labels.Class(0).Label)
			}
			if s := err.Error(); !strings.Contains(s, c.want) || strings.Contains(s, "SECRET") || strings.Contains(s, "root:") {
				t.Errorf("error %s, want %q", s, c.want)
			}
			if advice.Of(err) == "" {
				t.Errorf("no hint for: %v", err)
			}
		})
	}
}

// TestRememberedFiles: a contract of Register's may name the user's own files elsewhere, by links or
// not. The same contract with another file is refused.
func TestRememberedFiles(t *testing.T) {
	elsewhere, models := t.TempDir(), t.TempDir()
	testnet.Put(t, elsewhere, tinyFiles(t))
	if err := os.Rename(filepath.Join(elsewhere, "labels.txt"), filepath.Join(elsewhere, "classes.txt")); err != nil {
		t.Fatal(err)
	}
	labels := filepath.Join(t.TempDir(), "linked.txt")
	if err := os.Symlink(filepath.Join(elsewhere, "classes.txt"), labels); err != nil {
		t.Skip(err)
	}
	if _, err := add(addition{Name: "net", Folder: elsewhere, Labels: labels}, models); err != nil {
		t.Fatal(err)
	}
	m, err := open(filepath.Join(models, "net"))
	if err != nil || !m.Labels.Named() {
		t.Fatal(m, err)
	}
	contract := filepath.Join(models, "net", ContractName)
	text, err := os.ReadFile(contract)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(elsewhere, "other.txt")
	testnet.Put(t, elsewhere, map[string]string{"other.txt": testnet.TinyLabels})
	changed := strings.Replace(string(text), filepath.Join(elsewhere, "classes.txt"), other, 1)
	if changed == string(text) {
		t.Fatalf("the contract does not name the labels:\n%s", text)
	}
	testnet.Put(t, filepath.Join(models, "net"), map[string]string{ContractName: changed})
	if _, err := open(filepath.Join(models, "net")); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("labels names %s, which is outside", other)) {
		t.Errorf("another file: %v", err)
	}
	// What is found in a folder may have become a link to something else since.
	testnet.Put(t, filepath.Join(models, "net"), map[string]string{ContractName: string(text)})
	if err := os.Remove(filepath.Join(elsewhere, "classes.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hosts", filepath.Join(elsewhere, "classes.txt")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(filepath.Join(models, "net")); err == nil || !strings.Contains(err.Error(), "it escapes") {
		t.Errorf("a link: %v", err)
	}
}
