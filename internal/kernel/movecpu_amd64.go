//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

var moveAVX2 = moveKernels{"avx2", transposeAVX2, transposeAddAVX2}

// moveSets returns the sets this processor can run, slowest first. Wider registers than
// AVX2 has would transpose no faster: loads and stores take the time.
func moveSets() []*moveKernels {
	sets := []*moveKernels{&moveGeneric}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, &moveAVX2)
	}
	return sets
}
