// Package layout holds the table of this module's packages: what each is for, and which others it
// may import. Its test enforces the table and keeps docs/architecture.md in step with it; go
// generate writes the page's table anew.
package layout

import (
	"slices"
	"strings"
)

//go:generate go test -run TestPage -update

// A room is a package with its row in the table.
type room struct {
	pkg  string // path in the module, "" for the root
	job  string
	may  []string // the packages that it may import; a room with but may import all others
	but  []string // not nil: it may import everything but these and the packages below them
	help bool     // every package may import it: a small helper outside the arrows
}

// rooms are the rows, in the order of the page. Tests may import more.
var rooms = []room{
	{pkg: "tensor", job: "dense float32 arrays, norms, elementwise; no graph, no gradients", may: []string{"internal/kernel"}},
	{pkg: "nn", job: "the kinds of layers, one a file, and the front: Builder, Network, Session, Trainer",
		may: []string{"nn/internal/training", "nn/internal/exec", "nn/internal/graph", "nn/internal/blocks", "tensor", "internal/kernel"}},
	{pkg: "nn/internal/training", job: "Trainer: a network with weights that change, step by step",
		may: []string{"nn/internal/exec", "nn/internal/graph", "tensor"}},
	{pkg: "nn/internal/exec", job: "Session: the memory plan, Forward, Backward, gradients of weights; knows no kind of layer",
		may: []string{"nn/internal/graph", "nn/internal/blocks", "tensor", "internal/kernel"}},
	{pkg: "nn/internal/graph", job: "what a network is: the graph, its Builder, and the contracts by which layers say what they can do",
		may: []string{"nn/internal/blocks", "tensor", "internal/kernel"}},
	{pkg: "nn/internal/blocks", job: "blocked pictures cut in parts", may: []string{"internal/kernel"}},
	{pkg: "caffe", job: "prototxt + caffemodel → nn.Network", may: []string{"nn", "tensor", "internal/pb"}},
	{pkg: "onnx", job: ".onnx → nn.Network: a graph in the format's terms, constants folded, then a table from operator to layers; " +
		"and back, by a table from layer to operators", may: []string{"nn", "tensor", "internal/pb"}},
	{pkg: "preprocess", job: "picture file ↔ pixels; resize, crop, normalise and their adjoints; PNG with provenance", may: []string{"tensor"}},
	{pkg: "dataset", job: "folders of pictures and their splits, MNIST, CIFAR-10, NumPy arrays, tables of pixels, the drawn sketchbook",
		may: []string{"preprocess", "tensor", "internal/npy", "internal/fetch"}},
	{pkg: "model", job: "Classifier = Network + preprocessing + class names; a model's files and their contract, labels, checks, export",
		may: []string{"nn", "tensor", "preprocess", "caffe", "onnx", "internal/npy", "internal/pb"}},
	{pkg: "model/store", job: "models by name: the known ones and their downloads, the embedded networks, those that users add; lists and verifies them",
		may: []string{"model", "nn", "preprocess", "internal/fetch"}},
	{pkg: "attack", job: "what every attack shares: models, trials, the runner, norms, goals, losses, parameters", may: []string{"internal/arena", "tensor"}},
	{pkg: "attack/conform", job: "what attacks promise, as properties that any attack can be checked for; models and pictures for that, without files",
		may: []string{"attack", "tensor"}},
	{pkg: "attacks", job: "the attacks, one file each, which use attack only as a stranger could", may: []string{"attack"}},
	{pkg: "train", job: "linear models from scratch, their smallest changes in closed form; deep networks: architectures, losses, " +
		"optimisers, adversarial training, checkpoints", may: []string{"nn", "attack", "attacks", "dataset", "tensor"}},
	{pkg: "report", job: "figures, montages, HTML pages, the JSON contracts", may: []string{"preprocess", "tensor"}},
	{pkg: "notebook", job: "what Go cells of a notebook show; beside it the notebook, a Jupyter kernel, and the program that runs " +
		"cells (`notebook/cells`)", may: []string{"report"}},
	{pkg: "", job: "the library's front door: Fool, Gradient, Index, FoolLinear", but: []string{"article", "paper", "lab", "cmd"}},
	{pkg: "article", job: "the article's experiments, published figures beside measured ones", but: []string{"paper", "lab", "cmd"}},
	{pkg: "paper", job: "the experiments of arXiv:1412.6572 on MNIST, likewise", but: []string{"article", "lab", "cmd"}},
	{pkg: "lab", job: "the lab: pages, the JSON API behind them, runs that are watched; embedded HTML, CSS and ES modules without " +
		"a build step", but: []string{"cmd"}},
	{pkg: "cmd/hoodwink", job: "one file a command", but: []string{}},
	{pkg: "internal/kernel", job: "convolution, matrix product, pooling, LRN, elementwise, softmax, the thread team"},
	{pkg: "internal/pb", job: "our subset of Caffe's formats and the generated Go; messages read as they stream, and written"},
	{pkg: "internal/npy", job: "golden tensors", may: []string{"tensor"}},
	{pkg: "internal/gradcheck", job: "finite differences", may: []string{"tensor"}},
	{pkg: "internal/testnet", job: "small networks for the tests of several packages", may: []string{"nn", "caffe", "onnx", "tensor"}},
	{pkg: "internal/fetch", job: "downloads of files with known checksums"},
	{pkg: "internal/memo", job: "what was computed of files, remembered in the user's cache; damage, forgery and full disks do no harm"},
	{pkg: "internal/arena", job: "buffers outside the Go heap, whose memory can be given back and had again at the same addresses"},
	{pkg: "internal/worker", job: "networks that were sent to the lab, in child processes with limits",
		may: []string{"nn", "tensor", "preprocess", "model", "model/store"}},
	{pkg: "internal/layout", job: "this table and its test"},
	{pkg: "internal/machine", job: "what the machine has", help: true},
	{pkg: "internal/advice", job: "the rule of hints", help: true},
	{pkg: "internal/atomicfile", job: "write aside, then rename, so that it lasts; leftovers of killed processes are swept", help: true},
	{pkg: "internal/filelock", job: "locks between processes; one writer in a folder", help: true},
	{pkg: "internal/files", job: "what is at a path; opening files that only we write", help: true},
	{pkg: "internal/names", job: "choices as words, and the nearest word", help: true},
	{pkg: "internal/wording", job: "what may be shown of texts that others wrote, and how: on terminals, in JSON, in commands; shapes and lists in errors", help: true},
}

// roomOf returns the row of a package, or nil.
func roomOf(pkg string) *room {
	if i := slices.IndexFunc(rooms, func(r room) bool { return r.pkg == pkg }); i >= 0 {
		return &rooms[i]
	}
	return nil
}

// allows reports whether the package may import dep.
func (r *room) allows(dep string) bool {
	if d := roomOf(dep); d != nil && d.help || slices.Contains(r.may, dep) {
		return true
	}
	return r.but != nil && !slices.ContainsFunc(r.but, func(top string) bool { return dep == top || strings.HasPrefix(dep, top+"/") })
}

// table returns the rows as the page shows them.
func table() string {
	var b strings.Builder
	b.WriteString("| package | job | may import (of this module) |\n|---|---|---|\n")
	for _, r := range rooms {
		name, job, may := "`"+r.pkg+"`", r.job, strings.Join(r.may, ", ")
		if r.pkg == "" {
			name = "`hoodwink` (root)"
		}
		switch {
		case len(r.but) > 0:
			may = "everything but " + strings.Join(r.but, ", ")
		case r.but != nil:
			may = "everything"
		case may == "":
			may = "–"
		}
		if r.help {
			job += "; any package may use it"
		}
		b.WriteString("| " + name + " | " + job + " | " + may + " |\n")
	}
	return b.String()
}
