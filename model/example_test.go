package model_test

import (
	"fmt"

	"hoodwink/model"
)

func ExampleLabels_Resolve() {
	labels, err := model.ParseLabels([]byte(`n02509815 lesser panda, red panda, panda
n02510455 giant panda, panda, panda bear
n01616318 vulture
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	class, _ := labels.Resolve("Giant_Panda")
	fmt.Println(class.Index, class.Synset, class.Label)

	_, err = labels.Resolve("panda")
	fmt.Println(err)

	both, _ := labels.ResolveAll("panda")
	fmt.Println(len(both))
	// Output:
	// 1 n02510455 giant panda
	// class name "panda" is ambiguous: it fits lesser panda (0, n02509815), giant panda (1, n02510455)
	// 2
}
