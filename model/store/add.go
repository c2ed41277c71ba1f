package store

import (
	"path/filepath"

	"hoodwink/internal/files"
	"hoodwink/model"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

// An Addition is a network of the user's own that gets a name.
type Addition struct {
	Name string // lower-case letters, digits, '-', '_' and '.'

	// Folder holds one .onnx, or one .prototxt and one .caffemodel, and perhaps class names as
	// synset_words.txt or labels.txt. The other paths name files elsewhere; each takes precedence
	// over what the folder has. Folder may also be an .onnx file. Labels may be "imagenet".
	Folder, Definition, Weights, Labels string

	// Spec is the contract with pictures. What it leaves zero is that of its Preset for
	// the network's input or, without a preset, assumed as model.Model.Notes will say.
	Spec preprocess.Spec

	Output  string        // the one of the file's outputs that is meant, where it has several; "" to choose
	Outputs model.Outputs // what the network gives; "" means to find out

	// Accept, if not nil, is called with the network before it runs. Add ends with its error.
	Accept func(*nn.Network) error
}

// Add registers a network under a name, so that Open finds it. It loads the network
// and runs it once; then it writes a file hoodwink.yaml into a folder of the first
// models folder of o. The network's own files stay where they are.
func Add(a Addition, o Options) (*model.Model, error) {
	fail := func(msg, advice string) (*model.Model, error) {
		return nil, &model.Error{Model: a.Name, Msg: msg, Advice: advice}
	}
	if err := model.ValidName(a.Name); err != nil {
		return nil, err
	}
	if r, ok := lookup(a.Name); ok {
		return fail("the name belongs to a known model: "+r.title, "choose another name")
	}
	for _, dir := range o.SearchPath() {
		if path := filepath.Join(dir, a.Name, model.ContractName); files.Is(path) {
			return fail("the name is taken by "+path, "choose another name, or edit or delete that file")
		}
	}
	if a.Folder == "" && a.Weights == "" {
		return fail("neither a folder nor a weights file was named", "")
	}
	s, err := model.FolderSource(a.Folder, a.Definition, a.Weights, a.Labels)
	if err != nil {
		return nil, err
	}
	weights, err := filepath.Abs(s.Weights)
	if err != nil {
		return nil, &model.Error{Model: a.Name, Err: err}
	}
	for _, dir := range o.SearchPath() {
		folder, err := filepath.Abs(filepath.Join(dir, a.Name))
		if err == nil && model.HoldsModel(folder) && folder != filepath.Dir(weights) {
			return fail("the name is taken by the network in "+folder, "choose another name")
		}
	}
	target, err := o.target(a.Name)
	if err != nil {
		return nil, err
	}
	s.Name, s.Spec, s.Output, s.Outputs, s.Accept, s.NamesIn = a.Name, a.Spec, a.Output, a.Outputs, a.Accept, o.namesIn()
	s.Context, s.Memory = o.Context, o.Memory
	return s.Register(filepath.Join(target, a.Name), o.Threads)
}
