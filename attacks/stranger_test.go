package attacks_test

import (
	"cmp"

	"hoodwink/attack"
)

// Noise tries random points of the ball around the picture, and asks for scores only. It asks about the
// picture itself first, which may be what is wanted.
type Noise struct {
	Tries int `set:"tries" min:"1" max:"100000" default:"100" doc:"points that are tried" zh:"尝试的点数"`
}

// Info implements attack.Attack.
func (Noise) Info() attack.Info {
	return attack.Info{
		Name: "noise", Title: "random noise", TitleZh: "随机噪声", Paper: "none",
		Norms: []attack.Norm{attack.Linf, attack.L2}, Access: attack.Scores,
		Says:   "Random points no farther than eps: what any attack has to beat.",
		SaysZh: "不超出 eps 的随机点：任何攻击都应胜过它。",
	}
}

// Attack implements attack.Attack.
func (a Noise) Attack(t *attack.Trial) {
	if _, ok := t.Score(t.X, nil); !ok {
		return
	}
	v := t.New()
	for range cmp.Or(a.Tries, 100) {
		t.Start(v, true)
		if !t.Settle(v, nil) {
			return
		}
	}
}
