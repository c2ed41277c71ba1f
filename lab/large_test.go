package lab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// TestLargeModels: networks of too many classes, or of too much work for a picture, are refused.
func TestLargeModels(t *testing.T) {
	_, c := serveLab(t, Options{})
	build := func(then func(b *nn.Builder)) []byte {
		b := nn.NewBuilder("large")
		b.Input("x", 3, 8, 8)
		then(b)
		net, err := b.Build("y")
		if err != nil {
			t.Fatal(err)
		}
		return testnet.ONNX(net)
	}
	for want, file := range map[string][]byte{
		"65536": build(func(b *nn.Builder) {
			b.Add("tile", &nn.Tile{Repeats: []int{1, 1, 100, 4}}, []string{"x"}, []string{"w"})
			b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"w"}, []string{"y"})
		}),
		"operations": build(func(b *nn.Builder) {
			b.Add("tile", &nn.Tile{Repeats: []int{1, 1, 100, 100}}, []string{"x"}, []string{"w"})
			last := "w"
			for i := range 300 {
				out := fmt.Sprint("c", i)
				b.Add(out, &nn.Convolution{Weights: tensor.New(3, 3, 5, 5), Pad: [4]int{2, 2, 2, 2}}, []string{last}, []string{out})
				last = out
			}
			b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{last}, []string{"m"})
			b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"m"}, []string{"y"})
		}),
	} {
		var problem Problem
		c.call("POST", "/api/models?name=large", file, http.StatusUnprocessableEntity, &problem)
		if problem.Code != "model_large" || !strings.Contains(problem.Detail, want) {
			t.Errorf("problem %+v, want one that says %s", problem, want)
		}
	}
}

// TestSearchKeepsLittle: a search among many classes holds what it shows.
func TestSearchKeepsLittle(t *testing.T) {
	labels := model.NoLabels(100_000)
	if found := search(labels, "class", 20); len(found) != 20 || cap(found) > 64 || found[19].Index != 19 {
		t.Errorf("%d classes found, the last is %+v", len(found), found[len(found)-1])
	}
}
