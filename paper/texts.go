package paper

// The texts of the page, in our own words.
const (
	textLead = `Experiments of "Explaining and Harnessing Adversarial Examples" (Goodfellow, Shlens and Szegedy, arXiv:1412.6572), done again by hoodwink on this machine with the same digits, MNIST. Every classifier was trained here.

Not clipped means the paper's own convention: x + 0.25 sign(gradient), whether or not a pixel leaves [0,1]. A file cannot hold such pixels, so the figures of clipped pictures stand beside them. The error is the share of misclassified examples, the confidence the mean probability of what the misclassified are taken for.`

	textLogistic = `A dot product of pixels and weights decides between three and seven. For this model one step along the signs of the weights is not an approximation but the worst that a change of this size can do: each of 784 pixels moves by a quarter, and all the small gains add up.`

	textSoftmax = `The same with ten classes. The perturbation is drawn from ten templates instead of one, and differs from digit to digit.`

	textMaxout = `Two layers of 240 units, each the largest of five linear pieces, with dropout. The paper's figure depends on something it does not mention: the precision of the gradient. A network that is sure of a digit has a probability that single precision rounds to 1; its loss then has no gradient away from the digit any more, only one towards the others, and the perturbation is weaker. The longer the training, the more digits escape in this way. We believe that this is what the published 89.4 % shows: measured so, ours is close to it. With a gradient that is not rounded, hardly any digit escapes.`

	textConv = `Sixteen and thirty-two filters of 4x4, 100 units, all rectified: a network of another build with the same weakness. The paper's convolutional figures are for CIFAR-10 and stand here for the behaviour only.`

	textHarness = `Half of the loss is that of the digits, half that of the same digits after one step along the sign of the gradient, made afresh for the network as it is at every step. All else is as for the maxout network above. What is hard to fool is also, a little, better at reading.`

	textDecay = `Adversarial training of a linear model subtracts the L1 norm of its weights from the margin, inside the loss: it stops to cost anything where the margin is large. L1 weight decay adds the same norm outside, where it never stops. With the coefficient that would correspond, decay destroys the model.`

	textFilters = `The weights of the first layer, one picture a filter. Trained on clean digits they are templates about as wide as a digit. Adversarial training makes two kinds of them: clean strokes, as the paper shows, and filters like noise over the whole picture, of which it shows none. The latter read the perturbation itself, which a single step makes in a predictable way; that also explains why the hardened network is fooled less by what is made for it than by what is made for others. Counted over all filters, ours are not more localised.`

	textRBF = `Ten units that answer only near a mean of their own: p(k) = exp(-(x-m)'B(x-m)), each trained to say yes to its digit and no to the others. Far from everything it knows all ten probabilities are small, and do not add up to 1. It is fooled too, but it does not believe what it sees.`

	textRubbish = `Noise from a standard normal distribution, 784 pixels of it, is no digit. A classifier errs if it gives any digit more than half. Linear units extrapolate: far away from all data they are as sure as ever.`

	textTransfer = `Each row is the digits of the test set perturbed for one model, each column the model they are shown to. Models that were never asked fall for what was made for others, and often agree on the wrong digit: they have all learned nearly the same linear function.`

	textLine = `One digit, moved along the sign of its gradient by every size from -10 to 10, and the ten logits on the way: straight lines with a bend or two. Against the sign the digit stays what it is for long, for the perturbation then speaks for it; along the sign it is lost at once, and the same wrong digit soon wins for good. The gradient at zero tells nearly everything.`

	textKennel = `The article that hoodwink began with could turn a panda into a vulture, but not a dog into a tennis ball: push a dog away from being a dog and it becomes another dog. The network it used had seen more than a hundred classes of dogs. Is that the reason? Here networks are taught with ever more dogs, and each is asked how far a dog is from a tennis ball.`

	textSchools = `Small convolutional networks, taught with the sketchbook's drawings: as many dogs as of everything else, three times as many, ten times as many. All other drawings are the same for all, and so is the number of steps.`

	textBall = `For fresh drawings of dogs that every network recognises, the smallest perturbation that makes it a tennis ball is found by halving: no pixel value may change by more than that. Kittens are a control: they are taught the same to all.`
)
