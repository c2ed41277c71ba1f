// Package pb holds our own minimal subsets of other projects' protocol buffers and the Go code
// generated from them, and a Reader for files that are too large to be in memory twice.
//
// A subset declares only the fields that the importers read. Each has a proto package and a file
// name of our own, because a program panics at start-up if two of its packages register the same
// name. After a change, run
//
//	go generate ./internal/pb
//
// which needs protoc on the path. Its Go plugin is built from the module that go.mod names, so that
// everyone generates the same bytes.
package pb

//go:generate go run generate.go
