// Package filelock locks files against other processes, and against other openings of the file in
// this process.
package filelock
