.PHONY: build test generate lint bench fuzz release

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o hoodwink ./cmd/hoodwink

test:
	go test ./...

generate:
	go generate ./internal/pb ./internal/kernel ./internal/licenses

lint:
	test -z "$$(gofmt -l .)"
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Every parser, two at a time, each for TIME.
TIME = 10m
fuzz:
	.ci/fuzz $(TIME)

# Archives for six systems, what is in them, and their checksums, in dist: make release VERSION=1.2.3
release:
	go run ./internal/release -version "$(VERSION)"
