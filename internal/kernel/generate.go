package kernel

//go:generate sh -c "cd _asm && for g in direct dots transpose peak conv filtergrad lanes window lrn narrow elementwise; do go run ./$DOLLAR{g} -out ../$DOLLAR{g}_amd64.s -stubs ../$DOLLAR{g}_amd64.go -pkg kernel || exit 1; done"
