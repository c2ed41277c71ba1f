// Package pb holds our own minimal subsets of other projects' protocol buffers
// and the Go code generated from them, and a Reader for files that are too large to be
// in memory twice.
//
// A subset declares the fields the importers look at and nothing else. Each has
// a proto package and a file name of our own, because two packages of a program
// that register the same name make it panic at start-up. After a change, run
//
//	go generate ./internal/pb
//
// which needs protoc on the path; its Go plugin is built from the module that
// go.mod names, so that everyone generates the same bytes.
package pb

//go:generate go run generate.go
