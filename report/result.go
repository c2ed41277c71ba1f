package report

import (
	"encoding/json"
	"math"
)

// A Prediction is one class a network considers, with its probability in [0,1].
type Prediction struct {
	Class  int     `json:"class"`  // index among the network's outputs
	Synset string  `json:"synset"` // WordNet id such as "n02510455", or empty
	Label  string  `json:"label"`  // first name, "giant panda"
	Prob   float64 `json:"prob"`
}

// A PathStep says which class was on top at a step of an attack. A path lists the
// first step, 0, and every step at which another class took over.
type PathStep struct {
	Step  int    `json:"step"`
	Class int    `json:"class"`
	Label string `json:"label"`
}

// Goals of an attack.
const (
	GoalAs  = "as"  // the network should classify the picture as Target, or the label should be on
	GoalNot = "not" // the network should not classify the picture as Target any more, or the label should be off
)

// Fool is the record of one attack on one picture, and the JSON object that "hoodwink fool --json"
// prints. Sizes of the perturbation are in pixel units of [0,1] and are measured on the file after
// reading it back. Numbers that are not finite are null in JSON: an eps of null means no limit.
type Fool struct {
	Input     string `json:"input"`          // path of the original
	Output    string `json:"output"`         // path of the adversarial PNG, empty if none was written
	Kept      string `json:"kept,omitempty"` // path of a file that fools, which this run's picture did not replace
	Model     string `json:"model"`
	ModelHash string `json:"model_hash,omitempty"` // SHA-256 of definition and weights, hexadecimal
	Attack    string `json:"attack,omitempty"`     // "pgd", ...
	At        string `json:"at,omitempty"`         // pixels that were attacked: "file" or "model"

	// Gray says that the picture has colours and the model does not see them: its brightness was
	// attacked, in one channel, and changes are measured from that.
	Gray bool `json:"gray,omitempty"`

	// MultiLabel says that each label is on or off by itself, and the goal is to switch Target, or
	// every one of Not. Probabilities do not add up to 1; there is no path.
	MultiLabel bool `json:"multilabel,omitempty"`

	Goal        string `json:"goal,omitempty"`         // GoalAs or GoalNot
	Target      int    `json:"target"`                 // class wanted, or the (first) class left behind
	TargetLabel string `json:"target_label,omitempty"` // its label
	Not         []int  `json:"not,omitempty"`          // every class left behind, if there are several

	Eps  float64 `json:"eps"`
	Norm string  `json:"norm"` // "linf", "l2", "l1", "l0" or "l0values"

	// LeastEps is the least eps with which an attack fooled that was tried with several.
	LeastEps *float64 `json:"least_eps,omitempty"`

	// Stages are the attacks that were tried in turn, of an attack such as AutoAttack. MaskedGradients
	// says that the last of them fooled, which asks for no gradients, and that the others did not.
	Stages          []string `json:"stages,omitempty"`
	MaskedGradients bool     `json:"masked_gradients,omitempty"`

	Warnings []string `json:"warnings,omitempty"` // sentences on what makes the result doubtful

	Verdict string `json:"verdict"` // Fooled, NotFooled, NoGradient or NothingToDo

	// Loss is the loss whose gradient was followed. If LossTurned, it is the last one: the attack
	// was free to choose, and changed to it because the gradient of the first was zero.
	// ZeroGradients is the number of gradients that were zero everywhere, which ends an attack from
	// one starting point; HiddenGradients is how many of these only the mask made zero.
	Loss            string `json:"loss,omitempty"`
	LossTurned      bool   `json:"loss_turned,omitempty"`
	ZeroGradients   int    `json:"zero_gradients,omitempty"`
	HiddenGradients int    `json:"hidden_gradients,omitempty"`

	SuccessFloat bool         `json:"success_float"` // some float32 pixels fooled the model
	SuccessFile  bool         `json:"success_file"`  // the file, read back, fools the model
	ProbBefore   float64      `json:"prob_before"`   // probability of Target in the original
	ProbFile     float64      `json:"prob_file"`     // probability of Target in the file read back
	Before       []Prediction `json:"before,omitempty"`
	Top          []Prediction `json:"top"` // of the file read back

	Linf float64 `json:"linf"`
	L2   float64 `json:"l2"`
	L0   int     `json:"l0"` // channel values that changed

	Masked int `json:"masked,omitempty"` // number of pixels that a mask lets change; 0 without a mask

	Steps     int     `json:"steps"`
	Forwards  int     `json:"forwards"`
	Backwards int     `json:"backwards"`
	Seconds   float64 `json:"seconds"`
	Seed      uint64  `json:"seed"`

	Path    []PathStep `json:"path"`
	Version string     `json:"version,omitempty"`

	// ended before all steps were taken: this is the best picture so far
	Interrupted bool `json:"interrupted,omitempty"`
}

// number is a float64 that is null in JSON when it is not finite.
type number float64

// MarshalJSON implements [json.Marshaler].
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// UnmarshalJSON implements [json.Unmarshaler]; null is NaN.
func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

type (
	plainPrediction Prediction
	plainFool       Fool

	jsonPrediction struct {
		plainPrediction
		Prob number `json:"prob"`
	}
	jsonFool struct {
		plainFool
		Eps        number `json:"eps"`
		ProbBefore number `json:"prob_before"`
		ProbFile   number `json:"prob_file"`
		Linf       number `json:"linf"`
		L2         number `json:"l2"`
		Seconds    number `json:"seconds"`
	}
)

// MarshalJSON implements [json.Marshaler].
func (p Prediction) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonPrediction{plainPrediction(p), number(p.Prob)})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Prediction) UnmarshalJSON(b []byte) error {
	var j jsonPrediction
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*p = Prediction(j.plainPrediction)
	p.Prob = float64(j.Prob)
	return nil
}

// MarshalJSON implements [json.Marshaler]. Lists are never null.
func (f Fool) MarshalJSON() ([]byte, error) {
	if f.Top == nil {
		f.Top = []Prediction{}
	}
	if f.Path == nil {
		f.Path = []PathStep{}
	}
	return json.Marshal(jsonFool{
		plainFool: plainFool(f), Eps: number(f.Eps),
		ProbBefore: number(f.ProbBefore), ProbFile: number(f.ProbFile),
		Linf: number(f.Linf), L2: number(f.L2), Seconds: number(f.Seconds),
	})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Fool) UnmarshalJSON(b []byte) error {
	var j jsonFool
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*f = Fool(j.plainFool)
	f.Eps, f.ProbBefore, f.ProbFile = float64(j.Eps), float64(j.ProbBefore), float64(j.ProbFile)
	f.Linf, f.L2, f.Seconds = float64(j.Linf), float64(j.L2), float64(j.Seconds)
	if math.IsNaN(f.Eps) {
		f.Eps = math.Inf(1)
	}
	return nil
}

// Takeovers reduces the top class of every step, step 0 first, to a path: step 0 and every step
// with a new top class.
func Takeovers(every []PathStep) []PathStep {
	var path []PathStep
	for _, s := range every {
		if n := len(path); n == 0 || path[n-1].Class != s.Class {
			path = append(path, s)
		}
	}
	return path
}
