package store

import (
	"embed"
	"io/fs"

	"hoodwink/internal/fetch"
	"hoodwink/model"
)

// The networks that are part of the program classify the drawings of dataset.Sketchbook, 64x64 RGB.
// They are small residual networks trained on some 12,000 drawings and nothing else. For the
// hardened one, PGD changed each drawing within 8/255 (Madry et al., arXiv:1706.06083). These
// commands train them, in minutes, and write the folders that are embedded. Run them again when
// drawings change, as the golden hash in package dataset tells.
//go:generate go run ../../cmd/hoodwink train --force --out sketchbook --data sketchbook --examples 14000 --arch resnet --width 12 --epochs 5 --batch 64 --optimizer adam --rate 0.003
//go:generate go run ../../cmd/hoodwink train --force --out sketchbook-hardened --adversarial pgd --steps 2 --eps 8/255 --data sketchbook --examples 12000 --arch resnet --width 20 --epochs 12 --batch 64 --optimizer sgd --rate 0.1 --warm-up 0.1 --weight-decay 5e-4 --shift 3 --flip

//go:embed sketchbook/model.onnx sketchbook/hoodwink.yaml sketchbook/labels.txt
//go:embed sketchbook-hardened/model.onnx sketchbook-hardened/hoodwink.yaml sketchbook-hardened/labels.txt
var embedded embed.FS

// Embedded is the name of the network that is always there.
const Embedded = "sketchbook"

func init() {
	register(embeddedRow(Embedded, "hoodwink's own, 16 classes of drawings, 64x64"))
	register(embeddedRow(Embedded+"-hardened", "the same, trained on adversarial drawings"))
}

// embeddedRow returns the row of an embedded folder, from the contract that is in it.
func embeddedRow(name, title string) row {
	files, err := fs.Sub(embedded, name)
	if err != nil {
		panic(err)
	}
	s, err := model.ReadContract(model.ContractName, files.Open)
	if err != nil {
		panic(err)
	}
	return row{name: name, title: title, license: "Apache-2.0", weights: fetch.File{Name: s.Weights}, labels: fetch.File{Name: s.Labels},
		spec: s.Spec, answer: s.Black, embedded: files}
}
