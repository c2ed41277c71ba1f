//go:build ignore

// Command generate runs protoc over every .proto file of this folder.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// protocVersion is the line that names the version of protoc: the only thing in the output that
// depends on it.
var protocVersion = regexp.MustCompile(`(?m)^// \tprotoc .*\n`)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate() error {
	protos, err := filepath.Glob("*.proto")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "protoc-gen-go")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// The .exe suffix does no harm on other systems.
	plugin := filepath.Join(dir, "protoc-gen-go.exe")
	if err := run("go", "build", "-o", plugin, "google.golang.org/protobuf/cmd/protoc-gen-go"); err != nil {
		return err
	}
	args := []string{"--plugin=protoc-gen-go=" + plugin, "--go_out=.", "--go_opt=paths=source_relative"}
	if err := run("protoc", append(args, protos...)...); err != nil {
		return err
	}
	for _, name := range protos {
		name = strings.TrimSuffix(name, ".proto") + ".pb.go"
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		src = protocVersion.ReplaceAll(src, nil)
		if err := os.WriteFile(name, src, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
