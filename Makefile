.PHONY: build test generate lint bench

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o hoodwink ./cmd/hoodwink

test:
	go test ./...

generate:
	go generate ./internal/pb ./internal/kernel

lint:
	test -z "$$(gofmt -l .)"
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...
