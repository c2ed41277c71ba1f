//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

var elementwiseAVX2 = elementwiseKernels{
	name: "avx2",
	relu: reluAVX2, leakyReLU: leakyReLUAVX2, mask: maskAVX2, reluGrad: reluGradAVX2, leakyReLUGrad: leakyReLUGradAVX2,
	affine: affineAVX2, add: addAVX2, scale: scaleAVX2, mul: mulAVX2, max: maxAVX2, axpy: axpyAVX2,
	exp: expAVX2, elu: eluAVX2, sigmoid: sigmoidAVX2, tanh: tanhAVX2, dot: dotAVX2,
	moment: momentAVX2, squareMoment: squareMomentAVX2, adamStep: adamStepAVX2,
	unaryKernels: unaryAVX2,
}

// elementwiseAVX512 takes the dot product of AVX2: its eight partial sums fill one register of
// AVX2.
var elementwiseAVX512 = elementwiseKernels{
	name: "avx512",
	relu: reluAVX512, leakyReLU: leakyReLUAVX512, mask: maskAVX512, reluGrad: reluGradAVX512, leakyReLUGrad: leakyReLUGradAVX512,
	affine: affineAVX512, add: addAVX512, scale: scaleAVX512, mul: mulAVX512, max: maxAVX512, axpy: axpyAVX512,
	exp: expAVX512, elu: eluAVX512, sigmoid: sigmoidAVX512, tanh: tanhAVX512, dot: dotAVX2,
	moment: momentAVX512, squareMoment: squareMomentAVX512, adamStep: adamStepAVX512,
	unaryKernels: unaryAVX512,
}

// vectorisedElementwise returns the assembly sets that this processor can run, slowest first.
func vectorisedElementwise() []*elementwiseKernels {
	x := &cpu.X86
	if !(x.HasAVX2 && x.HasFMA) {
		return nil
	}
	sets := []*elementwiseKernels{&elementwiseAVX2}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ && x.HasBMI2 {
		sets = append(sets, &elementwiseAVX512)
	}
	return sets
}
