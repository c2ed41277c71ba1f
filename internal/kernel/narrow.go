package kernel

// A NarrowTap is one block and tap that a pixel's gradient comes from.
type NarrowTap struct {
	Off int // floats from dy's begin to the first pixel's value at this tap, >= 0
}

// narrowKernels computes the gradient of a convolution back to few channels.
type narrowKernels struct {
	name string
	row  func(dx, dy, w []float32, n, c, step, plane int, taps []NarrowTap, accumulate bool)
}

var narrowGeneric = &narrowKernels{"generic", narrowRowGeneric}

func narrowRowGeneric(dx, dy, w []float32, n, c, step, plane int, taps []NarrowTap, accumulate bool) {
	for i := range n {
		for k := range c {
			var s [Lanes]float32
			for t, tap := range taps {
				for l := range s {
					s[l] = fma(dy[tap.Off+i*Lanes+l], w[(t*c+k)*Lanes+l], s[l])
				}
			}
			for half := Lanes / 2; half > 0; half /= 2 {
				for l := range half {
					s[l] += s[l+half]
				}
			}
			if accumulate {
				s[0] += dx[i*step+k*plane]
			}
			dx[i*step+k*plane] = s[0]
		}
	}
}
