package kernel

// fma returns x*y + z rounded once: on this processor the compiler makes one
// instruction of it, which TestOneRounding makes sure of.
func fma(x, y, z float32) float32 { return x*y + z }
