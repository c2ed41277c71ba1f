// Package preprocess connects picture files and networks: it decodes a file to pixels, resizes,
// crops and normalises pixels to a network's input, sends a gradient back the same way, and writes
// pixels to PNG files.
//
// Pixels are a tensor (N,3,H,W), RGB, every value in [0,1]; an 8-bit sample k is always the same
// float32, k/255. A network's input is whatever the network was trained on, (N,C,Height,Width). A
// [Spec] is the contract between the two. Bound to a picture's size it becomes a [Pipeline]: a
// linear map and an offset, with an exact adjoint, so that an attack can work on the pixels of the
// original file.
//
//	pic, err := preprocess.ReadFile("panda.jpg", preprocess.Limits{})
//	spec, err := preprocess.Preset("caffe", 224, 224)
//	h, w := pic.Size()
//	p, err := spec.Bind(1, h, w)
//	in, grad := tensor.New(p.OutShape()...), tensor.New(p.InShape()...)
//	p.Forward(in, pic.Pixels) // network input (1,3,224,224)
//	p.Adjoint(grad, dIn)      // gradient with respect to the file's pixels
//	err = preprocess.WritePNG("fooled.png", pixels, nil)
//
// Files are decoded by these rules. JPEGs are decoded as libjpeg does, bit for bit, and lossy WebPs
// as libwebp does, because networks were trained on that. Transparent pixels are composited over
// white. The EXIF orientation is applied. Of an animation, or a TIFF of several pages, the first
// picture counts. Colour profiles and gamma are ignored. Anything else that changes pixels is
// honoured, or the file is refused with an error that names it: docs/pictures.md has the list.
package preprocess
