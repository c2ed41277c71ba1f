// Package report turns the record of a run into something to look at: figures, pictures, montages,
// JSON and self-contained HTML pages. It knows nothing of attacks or models and takes plain values:
// curves as []float64, pictures as tensors in [0,1] or as [image.Image], class names as strings.
//
// The vocabulary:
//
//   - A picture is an [image.Image]. [Picture], [PerturbationImage],
//     [GradientImage], [Amplify] and [Enlarge] make one from pixels.
//   - A [Drawing] is a figure of lines and words: [Curves], [PathStrip]. The same
//     drawing is written as SVG or PNG by [WriteDrawing] and put into a page.
//   - A [Tile] is a picture with its caption, a [Montage] a sheet of tiles.
//   - [Fool] is the record of one attack, and the JSON contract of "hoodwink fool".
//   - [LinearFool] is the same for a linear classifier, for "hoodwink linear fool".
//   - [RunPage] is one run as one HTML file, [LinearPage] one with a linear classifier,
//     [ArticlePage] the experiments of an article or paper; [ArticlePage.Run] does them. Pages
//     contain their pictures, need no script and no network, follow the reader's dark or light
//     setting, and fit a phone.
//
// The probability curves of a run, as the article shows them:
//
//	c := report.Curves{
//		Title: "How sure the network is", XLabel: "step", Percent: true,
//		Series: []report.Series{
//			{Name: "giant panda", Y: panda}, // probabilities in [0,1], one a step
//			{Name: "vulture", Y: vulture},
//		},
//		Marks: []report.Mark{{X: 41, Label: "fooled"}},
//	}
//	err := report.WriteDrawing("curves.svg", c)
//
// Everything is deterministic: the same values give the same bytes. Values that are not finite are
// left out of figures and are null in JSON. Files are written whole or not at all.
package report
