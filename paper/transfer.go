package paper

import (
	"context"

	"hoodwink/report"
)

// A suspect is a classifier with the gradient of the loss it was trained with.
type suspect struct {
	classifier
	gradient
}

func (s *Study) transfer(ctx context.Context, e *report.Experiment) error {
	softmax, err := s.softmaxRegression(ctx)
	if err != nil {
		return err
	}
	suspects := []suspect{{softmax.classifier, exact}}
	for _, of := range []struct {
		get func(context.Context) (*classified, error)
		gradient
	}{{s.plainMaxout, exact}, {s.hardenedMaxout, exact}, {s.convolutional, exact}, {s.radialNetwork, gradientOf(exponents)}} {
		c, err := of.get(ctx)
		if err != nil {
			return err
		}
		suspects = append(suspects, suspect{c.classifier, of.gradient})
	}
	const iSoftmax, iMaxout, iHardened, iRBF = 0, 1, 2, 4
	m := &report.Matrix{Corner: "made for ↓ · shown to →"}
	var taken [][]int // by model shown to: the classes of what was made for the maxout network
	for i, from := range suspects {
		x, err := fgsm(ctx, from.classifier, s.Test.Images, s.Test.Labels, Eps, from.gradient)
		if err != nil {
			return err
		}
		m.Rows, m.Columns = append(m.Rows, from.name), append(m.Columns, from.name)
		var row []float64
		for _, to := range suspects {
			got, err := measure(ctx, to.classifier, x, s.Test.Labels, nil)
			if err != nil {
				return err
			}
			row = append(row, got.err()/100)
			if i == iMaxout {
				taken = append(taken, got.taken)
			}
		}
		m.Shares = append(m.Shares, row)
	}
	into, back := 100*m.Shares[iMaxout][iHardened], 100*m.Shares[iHardened][iMaxout]
	e.Behaves("made for maxout, shown to the adversarially trained one; the other way round", "19.60 %, 40.90 %", report.Points(into)+", "+report.Points(back), into < back, "not clipped; alike if the first is smaller")
	soft, softWrong := agreement(s.Test.Labels, taken[iMaxout], taken[iSoftmax])
	rbf, rbfWrong := agreement(s.Test.Labels, taken[iMaxout], taken[iRBF])
	e.Behaves("digits that maxout misreads: softmax regression, RBF read the same", "54.60 %, 16.00 %", report.Points(soft)+", "+report.Points(rbf), soft > rbf, "not clipped; alike if the linear model agrees more")
	e.Behaves("likewise, of those that both misread", "84.60 %, 54.30 %", report.Points(softWrong)+", "+report.Points(rbfWrong), softWrong > rbfWrong, "not clipped; alike if the linear model agrees more")
	e.Figures = append(e.Figures, report.Figure{Title: "Share of misclassified digits", Matrix: m, Caption: "Perturbations of 0.25 along the sign, not clipped. On the diagonal the model is shown what was made for it."})
	return nil
}

// agreement returns, in percent of the digits that one model misreads, how often another model
// reads the same, and that share among those that both misread.
func agreement(labels, one, other []int) (ofOne, ofBoth float64) {
	wrong, both, same := 0, 0, 0
	for i, k := range labels {
		if one[i] == k {
			continue
		}
		wrong++
		if other[i] != k {
			both++
		}
		if other[i] == one[i] {
			same++
		}
	}
	return 100 * float64(same) / float64(max(wrong, 1)), 100 * float64(same) / float64(max(both, 1))
}
