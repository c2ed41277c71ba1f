// Package filelock locks files against other processes, and against whoever else opens them
// in this one.
package filelock
