//go:build amd64 && !purego

package kernel

var unaryAVX2 = unaryKernels{
	plus: plusAVX2, minus: minusAVX2, times: timesAVX2, over: overAVX2, mulAdd: mulAddAVX2,
	clip: clipAVX2, hardSigmoid: hardSigmoidAVX2, hardSwish: hardSwishAVX2, silu: siluAVX2, gelu: geluAVX2,
	geluTanh: geluTanhAVX2, erf: erfAVX2,
	clipGrad: clipGradAVX2, hardSigmoidGrad: hardSigmoidGradAVX2, hardSwishGrad: hardSwishGradAVX2, siluGrad: siluGradAVX2,
	geluGrad: geluGradAVX2, geluTanhGrad: geluTanhGradAVX2, erfGrad: erfGradAVX2,
	expBelow: expBelowAVX2,
}

var unaryAVX512 = unaryKernels{
	plus: plusAVX512, minus: minusAVX512, times: timesAVX512, over: overAVX512, mulAdd: mulAddAVX512,
	clip: clipAVX512, hardSigmoid: hardSigmoidAVX512, hardSwish: hardSwishAVX512, silu: siluAVX512, gelu: geluAVX512,
	geluTanh: geluTanhAVX512, erf: erfAVX512,
	clipGrad: clipGradAVX512, hardSigmoidGrad: hardSigmoidGradAVX512, hardSwishGrad: hardSwishGradAVX512, siluGrad: siluGradAVX512,
	geluGrad: geluGradAVX512, geluTanhGrad: geluTanhGradAVX512, erfGrad: erfGradAVX512,
	expBelow: expBelowAVX512,
}
