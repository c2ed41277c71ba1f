package kernel

// fma returns x*y + z rounded once: on this processor the compiler makes one instruction of it, as
// TestOneRounding checks.
func fma(x, y, z float32) float32 { return x*y + z }
