package attacks_test

import (
	"context"
	"fmt"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// printAttack attacks a small picture and prints what came of it.
func printAttack(a attack.Attack) {
	e := conform.Examples(attack.Threat{}, 0.14, 4)[3]
	verdicts, err := attack.Run(context.Background(), conform.Network(1), a, attack.Threat{}, attack.Options{}, e)
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verdicts[0]
	fmt.Printf("success %v after %d steps, %d queries and %d gradients\n", v.Success, v.Steps, v.Forwards, v.Backwards)
}

// Momentum: each step follows the sum of all gradients so far.
func ExampleMI() {
	printAttack(attacks.MI{})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// The gradient is that of the point ahead; the picture itself is classified besides.
func ExampleNI() {
	printAttack(attacks.NI{})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// Five copies, each half as bright as the one before, give a gradient each.
func ExampleSINI() {
	printAttack(attacks.SINI{Copies: 5})
	// Output: success true after 1 steps, 7 queries and 5 gradients
}

// Every other gradient is that of the picture made smaller.
func ExampleDI() {
	printAttack(attacks.DI{Prob: 0.5})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// Gradients are blurred by a kernel of three pixels.
func ExampleTI() {
	printAttack(attacks.TI{Kernel: 3})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// Four neighbours of each step give a gradient each.
func ExampleVMI() {
	printAttack(attacks.VMI{Neighbours: 4})
	// Output: success true after 1 steps, 6 queries and 5 gradients
}

// Four neighbours of the point ahead give a gradient each.
func ExampleVNI() {
	printAttack(attacks.VNI{Neighbours: 4})
	// Output: success true after 1 steps, 6 queries and 5 gradients
}

// Steps are as large as eps, and the pixels around get what is cut off.
func ExamplePI() {
	printAttack(attacks.PI{})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// Half of eps is a random step.
func ExampleRFGSM() {
	printAttack(attacks.RFGSM{Part: 0.5})
	// Output: success true after 1 steps, 3 queries and 1 gradients
}

// One step from a random point.
func ExampleFFGSM() {
	printAttack(attacks.FFGSM{})
	// Output: success true after 1 steps, 3 queries and 1 gradients
}

// The steps are Adam's.
func ExamplePGDAdam() {
	printAttack(attacks.PGDAdam{Steps: 20})
	// Output: success true after 1 steps, 3 queries and 1 gradients
}

// The loss is that of the network's answer with noise.
func ExampleJitter() {
	printAttack(attacks.Jitter{Noise: 0.1})
	// Output: success true after 1 steps, 2 queries and 1 gradients
}

// The loss is the divergence from the answer about the picture itself.
func ExampleTPGD() {
	printAttack(attacks.TPGD{})
	// Output: success false after 10 steps, 13 queries and 10 gradients
}

// The score of the class itself is raised.
func ExampleLogit() {
	printAttack(attacks.Logit{Steps: 50})
	// Output: success true after 4 steps, 9 queries and 4 gradients
}

// Four copies whose frequencies were changed give a gradient each.
func ExampleSSA() {
	printAttack(attacks.SSA{Copies: 4})
	// Output: success true after 1 steps, 6 queries and 4 gradients
}

// Four neighbours give two gradients each.
func ExamplePGN() {
	printAttack(attacks.PGN{Neighbours: 4})
	// Output: success true after 1 steps, 10 queries and 8 gradients
}

// The more the picture's gradient differs from those of four neighbours, the less it counts.
func ExampleGRA() {
	printAttack(attacks.GRA{Neighbours: 4})
	// Output: success true after 1 steps, 6 queries and 5 gradients
}

// Four copies, cut into four blocks each and shuffled, give a gradient each.
func ExampleBSR() {
	printAttack(attacks.BSR{Copies: 4, Blocks: 2})
	// Output: success true after 4 steps, 21 queries and 16 gradients
}

// Four copies, of which every block was changed in a way of its own, give a gradient each.
func ExampleSIA() {
	printAttack(attacks.SIA{Copies: 4, Blocks: 2})
	// Output: success true after 1 steps, 6 queries and 4 gradients
}
