package store

import (
	"fmt"
	"io/fs"
	"slices"

	"hoodwink/internal/fetch"
	"hoodwink/model"
	"hoodwink/preprocess"
)

// A row is one model of the registry.
type row struct {
	name    string
	title   string // a few words for lists
	license string
	folder  string // its folder's name in a models folder

	definition, weights, labels fetch.File
	spec                        preprocess.Spec

	// answer holds the likeliest classes of an all-black picture, best first; see model.Model.Black.
	answer []model.Answer

	// embedded, if not nil, is a file system that has the three files at its root:
	// the model is part of the program and its URLs are empty.
	embedded fs.FS
}

// registry holds the known and the embedded models, in the order of lists.
var registry = []row{googlenet, squeezenet}

// imagenetLabels is Caffe's synset_words.txt. Caffe offers it only inside an archive; the ONNX
// model zoo has the same bytes as a file.
var imagenetLabels = fetch.File{
	Name:   model.ImageNetNames,
	URL:    "https://raw.githubusercontent.com/onnx/models/4f43949841cb55a0b98dc8fcd045431ccafd9f96/validated/vision/classification/synset.txt",
	Size:   31675,
	SHA256: "acf75ef0abe89694b19056e0796401068b459c457baa30335f240c7692857355",
}

// googlenet has the article's contract: it does not subtract the mean, although the network was
// trained with it subtracted.
var googlenet = row{
	name:    "googlenet",
	title:   "BVLC GoogLeNet, 1000 ImageNet classes, 224x224",
	license: "unrestricted use",
	folder:  "bvlc_googlenet",
	definition: fetch.File{
		Name:   "deploy.prototxt",
		URL:    "https://raw.githubusercontent.com/BVLC/caffe/88c96189bcbf3853b93e2b65c7b5e4948f9d5f67/models/bvlc_googlenet/deploy.prototxt",
		Size:   35862,
		SHA256: "fa36cd4112a3240a29600a5aa35333f31bec33daa1a6085b0af308a9f50f0c50",
	},
	weights: fetch.File{
		Name: "bvlc_googlenet.caffemodel",
		// The authors' own server speaks http only. Apache MXNet publishes the file by https, with the
		// authors' SHA-1, in tools/caffe_converter/model_zoo.py.
		URL:     "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/caffe/models/bvlc_googlenet/bvlc_googlenet.caffemodel",
		Mirrors: []string{"http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel"},
		Size:    53533754,
		SHA256:  "6f7101e3a2183738a7125a0c5021ba82a1feb4228c5ca0924d991b6daf6f6fad",
		SHA1:    "405fc5acd08a3bb12de8ee5e23a96bec22f08204",
	},
	labels: imagenetLabels,
	spec:   preset("caffe", 224, 224),
	answer: []model.Answer{{Class: 885, Prob: 0.273825}, {Class: 794, Prob: 0.064049}, {Class: 911, Prob: 0.061912}, {Class: 700, Prob: 0.046690}, {Class: 904, Prob: 0.043946}},
}

var squeezenet = row{
	name:    "squeezenet",
	title:   "SqueezeNet v1.1, 1000 ImageNet classes, 227x227",
	license: "BSD 2-Clause",
	folder:  "squeezenet_v1.1",
	definition: fetch.File{
		Name:   "deploy.prototxt",
		URL:    "https://raw.githubusercontent.com/forresti/SqueezeNet/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1/deploy.prototxt",
		Size:   9678,
		SHA256: "d041bfb2ab4b32fda4ff6c6966684132f2924e329916aa5bfe9285c6b23e3d1c",
	},
	weights: fetch.File{
		Name:   "squeezenet_v1.1.caffemodel",
		URL:    "https://raw.githubusercontent.com/forresti/SqueezeNet/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1/squeezenet_v1.1.caffemodel",
		Size:   4950080,
		SHA256: "72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142",
	},
	labels: imagenetLabels,
	spec:   preset("caffe-mean", 227, 227),
	answer: []model.Answer{{Class: 111, Prob: 0.188251}, {Class: 530, Prob: 0.170571}, {Class: 818, Prob: 0.070544}, {Class: 619, Prob: 0.041190}, {Class: 854, Prob: 0.028695}},
}

// preset is for contracts written in this program.
func preset(name string, width, height int) preprocess.Spec {
	s, err := preprocess.Preset(name, width, height)
	if err != nil {
		panic(err)
	}
	return s
}

// register adds a model that is part of the program. It is called before any other
// function of the package.
func register(r row) {
	if _, ok := lookup(r.name); ok || model.ValidName(r.name) != nil {
		panic(fmt.Sprintf("store: cannot register %q: the name is taken or not a name", r.name))
	}
	registry = append(registry, r)
}

// lookup finds a known or embedded model by its name or its folder's.
func lookup(name string) (row, bool) {
	i := slices.IndexFunc(registry, func(r row) bool { return r.name == name || r.folder == name && name != "" })
	if i < 0 {
		return row{}, false
	}
	return registry[i], true
}

// files lists the files that a row consists of; models of a single file have no
// definition, and some have no labels.
func (r row) files() []fetch.File {
	return slices.DeleteFunc([]fetch.File{r.definition, r.weights, r.labels}, func(f fetch.File) bool { return f.Name == "" })
}
