package paper

// The texts of the page, in our own words.
const (
	textLead = `Experiments of "Explaining and Harnessing Adversarial Examples" (Goodfellow, Shlens and Szegedy, arXiv:1412.6572), done again by hoodwink on this machine with the same digits, MNIST. Every classifier was trained here.

Not clipped means the paper's own convention: x + 0.25 sign(gradient), whether or not a pixel leaves [0,1]. A file cannot hold such pixels, so the figures of clipped pictures stand beside them. The error is the share of misclassified examples, the confidence the mean probability of what the misclassified are taken for.`

	textLogistic = `A dot product of pixels and weights decides between three and seven. For this model one step along the signs of the weights is not an approximation but the worst that a change of this size can do: each of 784 pixels moves by a quarter, and all the small gains add up.`

	textSoftmax = `The same with ten classes. The perturbation is drawn from ten templates instead of one, and differs from digit to digit.`
)
