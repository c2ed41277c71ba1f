//go:build amd64 && !purego

package kernel

var narrowAVX2, narrowAVX512 = narrowGeneric, narrowGeneric
