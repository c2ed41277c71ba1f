package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// Square is the square attack: random changes of square windows, kept if they raise the loss. It asks
// for scores only, so that a gradient that is masked does not stop it.
//
// Paper: Andriushchenko, Croce, Flammarion, Hein, "Square Attack: a query-efficient black-box adversarial
// attack via random search", arXiv:1912.00049; for L1, Croce, Hein, arXiv:2103.01208. Norms: Linf, L2,
// L1. The defaults are those of AutoAttack, whose squares shrink as if there were 10000 queries. A
// picture need not be a square here, and windows reach all its edges.
type Square struct {
	Queries int     `set:"queries" min:"1" max:"1000000000" default:"5000" doc:"pictures that are tried, besides the original" zh:"除原图外最多尝试的图片数"`
	Share   float64 `set:"share" max:"1" default:"0.8" doc:"the share of the picture that the first squares cover" zh:"最初的方块占图片的比例"`
	Rescale bool    `set:"rescale" default:"false" doc:"the squares shrink in step with the number of queries" zh:"方块缩小的进度随查询总数伸缩"`
}

// Info implements attack.Attack.
func (Square) Info() attack.Info {
	return attack.Info{
		Name: "square", Title: "square attack", TitleZh: "方块攻击",
		Paper: "Andriushchenko, Croce, Flammarion, Hein, Square Attack: a query-efficient black-box adversarial attack via random search, " +
			"arXiv:1912.00049",
		Norms:  apgdNorms,
		Access: attack.Scores,
		Says:   "Changes random squares and keeps what raises the loss: needs no gradient, and so shows where gradients mislead.",
		SaysZh: "随机改动方块，保留使损失上升者：无需梯度，因此能揭示梯度误导之处。",
	}
}

// Attack implements attack.Attack.
func (a Square) Attack(t *attack.Trial) {
	if err := limited(t.Eps, t.Eps, true); err != nil {
		t.Fail(err)
		return
	}
	loss := attack.Margin
	if _, toward := attack.Classes(t.Goal()); toward {
		loss = attack.LogProbability
	}
	if _, ok := t.Score(t.X, loss); !ok {
		return
	}
	w := &windows{t: t, v: t.New(), shape: t.New()}
	best, highest, queries := t.New(), math.Inf(-1), cmp.Or(a.Queries, 5000)
	t.Start(w.v, false)
	for i := range queries {
		switch share := cmp.Or(a.Share, 0.8) * shrunk(i-1, queries, a.Rescale); {
		case i == 0 && t.Norm == attack.Linf:
			w.stripes()
		case i == 0:
			w.tiles()
		case t.Norm == attack.Linf:
			w.paint(share)
		default:
			w.move(share)
		}
		t.Confine(w.v)
		s, ok := t.Score(w.v, loss)
		if !ok {
			return
		}
		if s.Loss > highest {
			highest = s.Loss
			copy(best, w.v)
		} else {
			copy(w.v, best)
		}
	}
}

// shrunk returns the part of their first share that squares have at a query.
func shrunk(query, queries int, rescale bool) float64 {
	if rescale {
		query = int(float64(query) / float64(queries) * 10000)
	}
	part := 1.
	for _, after := range [...]int{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000} {
		if query > after {
			part /= 2
		}
	}
	return part
}
