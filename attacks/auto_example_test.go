package attacks_test

import (
	"context"
	"fmt"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// printStages attacks a small picture in a norm, and prints which attacks were tried.
func printStages(a attack.Attack, norm attack.Norm, eps float64) {
	th := attack.Threat{Norm: norm}
	e := conform.Examples(th, eps, 1)[0]
	verdicts, err := attack.Run(context.Background(), conform.Network(1), a, th, attack.Options{}, e)
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verdicts[0]
	fmt.Printf("success %v, %d queries and %d gradients\n", v.Success, v.Forwards, v.Backwards)
	for _, s := range v.Stages {
		fmt.Printf("%s: %v\n", s.Attack, s.Success)
	}
}

// The step size is found on the way.
func ExampleAPGDCE() {
	printStages(attacks.APGDCE{}, attack.L2, 0.14)
	// Output: success true, 3 queries and 1 gradients
}

// The loss does not care how sure the network is.
func ExampleAPGDDLR() {
	printStages(attacks.APGDDLR{}, attack.Linf, 0.02)
	// Output: success true, 3 queries and 1 gradients
}

// The likeliest other classes are tried one by one.
func ExampleAPGDT() {
	printStages(attacks.APGDT{Targets: 2}, attack.Linf, 0.02)
	// Output: success true, 3 queries and 1 gradients
}

// Half of the values change in a step.
func ExampleSparseL1() {
	printStages(attacks.SparseL1{Quantile: 0.5}, attack.L1, 0.35)
	// Output: success true, 4 queries and 2 gradients
}

// No gradients are asked for.
func ExampleSquare() {
	printStages(attacks.Square{Queries: 500}, attack.Linf, 0.01)
	// Output: success true, 43 queries and 0 gradients
}

// Each attack tries what those before it have not fooled.
func ExampleAutoAttack() {
	printStages(attacks.AutoAttack{}, attack.Linf, 0.004)
	// Output:
	// success false, 6311 queries and 900 gradients
	// apgd-ce: false
	// apgd-t: false
	// fab-t: false
	// square: false
}

// The longer version begins with more starting points.
func ExampleAutoAttackPlus() {
	printStages(attacks.AutoAttackPlus{}, attack.Linf, 0.02)
	// Output:
	// success true, 5 queries and 1 gradients
	// apgd-ce: true
}

// For models with random numbers, every step follows the mean of 20 gradients.
func ExampleAutoAttackRand() {
	printStages(attacks.AutoAttackRand{}, attack.Linf, 0.02)
	// Output:
	// success true, 24 queries and 20 gradients
	// apgd-ce: true
}
