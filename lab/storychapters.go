package lab

import (
	"strings"

	"hoodwink"
	"hoodwink/article"
	"hoodwink/model/store"
	"hoodwink/report"
)

// published is the model with which the article's figures were measured.
const published = "googlenet"

// A chapter of the story. Its texts are in the page.
type chapter struct {
	id          string
	experiments []string // of package article, in the order of the page; or those that run does instead
	photo       string   // class of the sketchbook whose drawing stands in for the photo; "" if none is needed
	long        bool     // takes too long for the queue of short jobs

	live  hoodwink.Settings    // the attack that is shown live, on the picture; zero if there is none
	eps   map[string][2]string // its eps and its step, by model
	shell string               // commands that do the same; {picture}, {name}, {seed} and {model} are filled in
	code  string               // the same in Go
}

const (
	drawLine   = "hoodwink draw \"{class}\" --seed {seed} --size 224 -o {picture}\n"
	openLines  = "m, err := store.Open(\"{model}\", store.Options{})\n"
	storySide  = 224
	plainEps   = "8/255"
	plainStep  = "0.25/255"
	sharedEps  = "2/255"
	sharedStep = "0.05/255"
)

// sizes are those of the live attacks: photos need less than drawings.
var sizes = map[string][2]string{published: {sharedEps, sharedStep}, store.Embedded: {plainEps, plainStep}}

var chapters = []chapter{
	{id: "predict", experiments: []string{"predict"}, photo: "kitten",
		shell: drawLine + "hoodwink predict {picture} -m {model}",
		code:  openLines + "p, err := m.Predictor(0)\nlogits, err := p.Pixels(picture.Pixels)\nfor _, c := range m.Top(logits, 5) {\n\tfmt.Println(c.Label, c.Prob)\n}"},
	{id: "black", experiments: []string{"black"},
		shell: "hoodwink predict black.png -m {model}",
		code:  openLines + "p, err := m.Predictor(0)\nlogits, err := p.Pixels(tensor.New(1, 3, 224, 224))"},
	{id: "gradient", experiments: []string{"gradient", "gradient-picture"},
		shell: "hoodwink gradient black.png --class \"paper towel\" -m {model}",
		code:  openLines + "towel, err := m.Labels.Resolve(\"paper towel\")\ng, err := hoodwink.Gradient(m, black, towel.Index, attack.Probability, 0)"},
	{id: "step", experiments: []string{"one-step"},
		shell: "hoodwink fool black.png --as \"paper towel\" --attack fgsm --loss prob --eps 1/255 --at model -m {model}",
		code:  "for i, v := range g.Pixels.Data {\n\tblack.Data[i] += 0.9 / 255 * tensor.Sign(v)\n}"},
	{id: "steps", experiments: []string{"ten-steps"},
		shell: "hoodwink fool black.png --as \"paper towel\" --loss prob --steps 10 --step 0.1/255 --eps 1/255 --at model -m {model}",
		code: "bim := attacks.BIM{Loss: attack.Probability, Steps: 9, StepSize: 0.1 / 255}\n" +
			"e := attack.Example{X: black.Data, Goal: attack.Targeted{Class: towel.Index}, Eps: math.Inf(1)}\n" +
			"found, err := attack.Run(ctx, attack.Unbounded(classifier), bim, attack.Threat{}, attack.Options{}, e)"},
	{id: "fun", experiments: []string{"fun"}, photo: "giant panda", long: true,
		live: hoodwink.Settings{As: "vulture"}, eps: sizes,
		shell: drawLine + "hoodwink fool {picture} --as vulture --eps {eps} --step {step} -m {model}",
		code:  openLines + "vulture, err := m.Labels.Resolve(\"vulture\")\nres, err := hoodwink.Fool(ctx, hoodwink.FoolRequest{\n\tModel: m, Input: \"{picture}\", Output: \"vulture.png\",\n\tCriterion: attack.Targeted{Class: vulture.Index}, Eps: {eps},\n})"},
	{id: "logistic", experiments: []string{"logistic"},
		shell: "hoodwink linear fool --toy",
		code:  "l, x := train.Example()\np := train.Sigmoid(l.Margin(x, 1, 0))"},
	{id: "templates", experiments: []string{"templates"},
		shell: "hoodwink linear train --data sketchbook --l2 0.03 --out sketches\nhoodwink linear templates -m ./sketches\nhoodwink linear fool -m ./sketches --data sketchbook --as vulture",
		code:  "l, err := train.Softmax(ctx, drawings.Images, drawings.Labels, 16, train.Options{Center: true, L2: 0.03})\ntiles, err := hoodwink.Templates(l, dataset.SketchClasses())"},
	{id: "sign", experiments: []string{"sign"}, photo: "kitten",
		shell: drawLine + "hoodwink fool {picture} --not kitten --attack fgsm --loss prob --eps 1/255 -m {model}",
		code:  "along := tensor.L1(g.Pixels.Data)      // sign(g) · g\nacross := tensor.L2(g.Pixels.Data)     // random signs · g, root mean square"},
	{id: "dog", experiments: []string{"dog"}, photo: "dog", long: true,
		live: hoodwink.Settings{As: "tennis ball"}, eps: sizes,
		shell: drawLine + "hoodwink fool {picture} --as \"tennis ball\" --eps {eps} --step {step} -m {model}\nhoodwink reproduce dog",
		code:  "Criterion: attack.Targeted{Class: ball.Index}"},
	{id: "away", experiments: []string{"away"}, photo: "giant panda",
		shell: drawLine + "hoodwink fool {picture} --not \"giant panda\" --attack fgsm --loss prob --eps {eps} -m {model}",
		code:  "Criterion: attack.Misclassification{Classes: []int{panda.Index}},\nAttack:    attacks.FGSM{Loss: attack.Probability}"},
	{id: "hardened", experiments: []string{"hardened"}, photo: "giant panda", long: true,
		live: hoodwink.Settings{As: "vulture"}, eps: map[string][2]string{store.Embedded: {plainEps, plainStep}, store.Embedded + "-hardened": {plainEps, plainStep}},
		shell: drawLine + "hoodwink fool {picture} --as vulture --eps 8/255 -m sketchbook\nhoodwink fool {picture} --as vulture --eps 8/255 -m sketchbook-hardened\nhoodwink reproduce paper",
		code:  "res, err := train.Run(ctx, net, drawings, train.RunOptions{\n\tAdversarial: train.Adversarial{Defence: train.PGD, Eps: 8. / 255},\n})"},
}

// paperRows put the paper's figures (Goodfellow, Shlens, Szegedy, arXiv:1412.6572) on MNIST beside
// those that "hoodwink reproduce paper" measured, in percent. They take minutes, so the page quotes
// docs/paper.md.
var paperRows = []report.Row{
	{ID: "paper.plain", Name: "maxout: error on clean digits", Published: "0.94", Measured: "1.33", Verdict: report.Recorded},
	{ID: "paper.fooled", Name: "maxout: error under attack, single precision", Published: "89.4", Measured: "88.72", Verdict: report.Match},
	{ID: "paper.clean", Name: "adversarial training: error on clean digits", Published: "0.94 → 0.84", Measured: "1.33 → 1.17", Verdict: report.Match},
	{ID: "paper.attacked", Name: "adversarial training: error under attack", Published: "89.4 → 17.9", Measured: "99.97 → 3.81", Verdict: report.Match},
	{ID: "paper.confidence", Name: "adversarial training: confidence in what is misread", Published: "97.6 → 81.4", Measured: "89.76 → 64.43", Verdict: report.BehaviourReproduced},
}

// own reports whether a picture of the reader's can play the part.
func (c *chapter) own() bool { return c.photo != "" && c.id != "hardened" }

// networks returns the networks with which a chapter works, nil for all that the experiments know.
func (c *chapter) networks() []string {
	switch c.id {
	case "logistic", "templates":
		return []string{}
	case "hardened":
		return []string{store.Embedded, store.Embedded + "-hardened"}
	}
	return nil
}

// modelFor returns the network of a chapter if none is named: the article's if it is installed and
// does not need a photo that is missing, otherwise the sketchbook's.
func (l *Lab) modelFor(c *chapter, own bool) string {
	if n := c.networks(); len(n) > 0 {
		return n[0]
	} else if n != nil {
		return ""
	}
	if (c.photo == "" || own) && l.hasPublished() {
		return published
	}
	return store.Embedded
}

func (l *Lab) hasPublished() bool {
	for _, m := range store.List(l.o.Models) {
		if m.Name == published {
			return m.Present
		}
	}
	return false
}

// settings returns those of the chapter's live attack on a model.
func (c *chapter) settings(name string) *hoodwink.Settings {
	if c.live.As == "" {
		return nil
	}
	s := c.live
	size, ok := c.eps[name]
	if !ok {
		size = sizes[published]
	}
	s.Eps, s.Step = size[0], size[1]
	return &s
}

// fill inserts the picture and the model into a text.
func (c *chapter) fill(text, name, picture string, seed string) string {
	size := c.eps[name]
	if size[0] == "" {
		size = sizes[store.Embedded]
		if name == published {
			size = sizes[published]
		}
	}
	if picture != "" && strings.HasPrefix(text, drawLine) {
		text = strings.TrimPrefix(text, drawLine)
	} else {
		picture = hoodwink.Dashed(c.photo) + ".png"
	}
	return strings.NewReplacer("{class}", c.photo, "{seed}", seed, "{picture}", picture, "{model}", name, "{eps}", size[0], "{step}", size[1]).Replace(text)
}

// figures returns the published figures of a chapter.
func (c *chapter) figures() []StoryFigure {
	out := []StoryFigure{}
	for _, id := range c.experiments {
		for _, f := range article.Figures(id) {
			if f.Text != "" {
				out = append(out, StoryFigure{f.ID, f.Name, f.Text})
			}
		}
	}
	return out
}
