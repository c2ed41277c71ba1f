//go:build amd64 && !purego

package kernel

var lrnAVX2, lrnAVX512 = lrnGeneric, lrnGeneric
