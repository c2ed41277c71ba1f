// Package hoodwink makes image classifiers see things.
//
// It connects the packages below it: package model opens a trained classifier, preprocess reads and
// writes pictures, attack searches for pixels that fool, report shows what happened. Fool does all
// of it for one picture file:
//
//	m, err := store.Open("googlenet", store.Options{})
//	vulture, err := m.Labels.Resolve("vulture")
//	res, err := hoodwink.Fool(ctx, hoodwink.FoolRequest{
//		Model: m, Input: "panda.jpg", Output: "vulture.png",
//		Criterion: attack.Targeted{Class: vulture.Index},
//		Eps:       2. / 255,
//	})
//	fmt.Println(res.SuccessFile, res.Top[0].Label) // measured on vulture.png, read back
//
// Gradient gives the gradient of a class with respect to a picture's pixels. Index searches folders
// of photos by what they show. ReadLinear, Templates and FoolLinear show with linear classifiers
// why it works.
package hoodwink
