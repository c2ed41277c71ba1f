package train

import (
	"context"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/nn"
)

// Adversarial training on one step can collapse ("catastrophic overfitting" in arXiv:2001.03994):
// within an epoch the network learns to resist that one step and nothing else. Its accuracy in
// training and on clean pictures stays high, so that only an attack of several steps shows it. After
// every epoch of adversarial training a short one is made on some of the training pictures.
const (
	checkSteps  = 10  // of that attack
	checkMost   = 200 // pictures of it
	checkLeast  = 50
	checkShare  = 20 // one picture of so many, between these two
	fallenShare = 0.5
	fallenBy    = 0.15
)

// A Collapse is a sudden loss of robustness.
type Collapse struct {
	Epoch  int     `json:"epoch"`  // in which it happened: 2, 3, ...
	Robust float64 `json:"robust"` // after it, see EpochReport.Robust
	Best   float64 `json:"best"`   // the largest before
	Kept   int     `json:"kept"`   // epoch whose network is the result
}

// checkRobust makes the short attack: PGD of 10 steps from a random start in the Linf ball of
// training, on the first 50 to 200 training pictures.
func (r *run) checkRobust(ctx context.Context, net *nn.Network, report *EpochReport) error {
	n := min(max(r.data.Len()/checkShare, checkLeast), checkMost)
	found, err := Attacked(ctx, net, dataset.First(r.data, n), AttackOptions{
		Attack: attack.PGD{Steps: checkSteps}, Eps: r.o.Adversarial.Eps, Seed: r.o.Seed, Threads: r.o.Threads})
	if err != nil {
		return err
	}
	report.Robust, report.RobustPictures = found.Robust, found.Pictures
	report.Collapsed = collapsed(r.done, found)
	return nil
}

// collapsed reports whether a network has collapsed since the epochs that are done: fewer than half
// of the pictures are held that the best epoch held, while it still classifies as many as those when
// they are left alone. So what is bad at both, as early in training or at a rate too high, is none.
func collapsed(done []EpochReport, now Robustness) bool {
	best := bestRobust(done)
	return now.Robust < fallenShare*best && best-now.Robust >= fallenBy && now.Clean >= best
}

func bestRobust(done []EpochReport) (best float64) {
	for _, e := range done {
		best = max(best, e.Robust)
	}
	return best
}
