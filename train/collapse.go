package train

import (
	"context"

	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/nn"
)

// Adversarial training on one step can collapse ("catastrophic overfitting" in arXiv:2001.03994):
// within an epoch the network learns to resist that one step and nothing else. Its accuracy in
// training and on clean pictures stays high, so only an attack of several steps shows the collapse.
// After every epoch of adversarial training, some of the training pictures are attacked briefly.
const (
	checkSteps  = 10  // steps of that attack
	checkMost   = 200 // most pictures of that attack
	checkLeast  = 50
	checkShare  = 20 // attacked is one of checkShare pictures, between these two numbers
	fallenShare = 0.5
	fallenBy    = 0.15
)

// A Collapse is a sudden loss of robustness.
type Collapse struct {
	Epoch  int     `json:"epoch"`  // in which it happened: 2, 3, ...
	Robust float64 `json:"robust"` // robustness after it, see EpochReport.Robust
	Best   float64 `json:"best"`   // the best robustness before
	Kept   int     `json:"kept"`   // epoch whose network is the result
}

// checkRobust makes that attack: PGD of 10 steps from a random start in the Linf ball of training,
// on the first 50 to 200 training pictures.
func (r *run) checkRobust(ctx context.Context, net *nn.Network, report *EpochReport) error {
	n := min(max(r.data.Len()/checkShare, checkLeast), checkMost)
	found, err := Attacked(ctx, net, dataset.First(r.data, n), AttackOptions{
		Attack: attacks.PGD{Steps: checkSteps}, Eps: r.o.Adversarial.Eps, Seed: r.o.Seed, Threads: r.o.Threads})
	if err != nil {
		return err
	}
	report.Robust, report.RobustPictures = found.Robust, found.Pictures
	report.Collapsed = collapsed(r.done, found)
	return nil
}

// collapsed reports whether a network has collapsed since the finished epochs: fewer than half of
// the pictures withstand the attack that did in the best epoch, while it still classifies as many
// clean ones. A network that is bad at both, as early in training or at too high a rate, has not
// collapsed.
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
