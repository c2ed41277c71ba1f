package article

// The texts of the page, in our own words.
const (
	textLead = `Every experiment of "How to trick a neural network into thinking a panda is a vulture" (Julia Evans, Codewords, 2015), done again by hoodwink on this machine with the same network, BVLC GoogLeNet.

The article's photos are not distributed, so others play their parts: for them the behaviour counts, not the figure. The black picture and Caffe's own cat need no photo of hers and have to match.`

	textPredict = `A network trained on 1.2 million photos is loaded and asked what it sees. Its answer is a probability for each of a thousand classes. It is often right, and sometimes wrong in a way that tells what it looks at.`

	textBlack = `The network has never seen an all-black picture and has no class for it. It must answer all the same, and spreads its guess over things that are dark or plain.`

	textGradient = `Back-propagation, carried on to the input, says how the probability of an outcome would change if each pixel changed a little. For paper towel on the black picture, follow the sign of that gradient and the outcome rises by the sum of the magnitudes for every level; follow a random direction and next to nothing happens.

The published sum is 0.2112. On a constant picture max-pooling meets ties everywhere, and the gradient depends on how they are broken: the first maximum in row-major order gives 0.2019, another rule something else.`

	textGradientPicture = `Drawn as a picture and scaled so that the strongest two percent saturate, the gradient shows where the network would look for a paper towel: everywhere, in fine texture.`

	textOneStep = `Add the sign of the gradient once: every pixel changes by less than one level of 255, and nobody could see it. The rounded picture has the pixels -1, 0 and 1.`

	textTenSteps = `The gradient is only true nearby. Nine steps of a tenth of a level, with the gradient computed afresh each time, end as far from black as the one step did, and get the network nearly certain of a paper towel.`

	textFun = `The same arithmetic on photographs. A cat pushed away from one cat after another; a garbage can pushed once away from garbage can; and the panda that becomes a vulture in 99 invisible steps.`

	textLinear = `None of this is special to deep networks. Logistic regression is a dot product of pixels and weights, put through S(t) = 1/(1+exp(-t)). Nudge every pixel a little along the sign of its weight and the small changes add up over hundreds of pixels. The weights of a linear classifier can be looked at: each class wants its own colours in its own places.`

	textSign = `The loss of a class is -log of its probability. Among all changes of a given largest size, the sign of the gradient maximises the dot product with the gradient; the thousands of pixels all pull in one direction. A random change of the same size pulls in all directions at once, and cancels.`

	textAway = `One step against the gradient of panda. There are hundreds of classes to go to; the nearest wins.`

	textDog = `A dog pushed away from its breed becomes the next breed: the network learned more than a hundred of them, and they surround each other. And on the panda's way to vulture, something else is nearest for a while.`

	textHarness = `If a model is easily fooled by small changes, train it on them: half the loss on the clean pictures, half on the same pictures after one step of the gradient's sign. Here on logistic regression, threes against sevens of MNIST, where every step can be followed.`
)
