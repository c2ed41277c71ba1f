package attacks

//go:generate go test -run TestPage -update

import "hoodwink/attack"

// All lists the attacks of this package. A new one is a row here and a file of its own.
var All = attack.Registry{
	BIM{},
	PGD{},
	FGSM{},
	MI{},
	NI{},
	SINI{},
	DI{},
	TI{},
	VMI{},
	VNI{},
	PI{},
	SSA{},
	PGN{},
	GRA{},
	BSR{},
	SIA{},
	Logit{},
	RFGSM{},
	FFGSM{},
	PGDAdam{},
	Jitter{},
	TPGD{},
	APGDCE{},
	APGDDLR{},
	APGDT{},
	SparseL1{},
	Square{},
	FAB{},
	FABT{},
	DeepFool{},
	SuperDeepFool{},
	DDN{},
	FMN{},
	FMNSphere{},
	BrendelBethge{},
	AutoAttack{},
	AutoAttackPlus{},
	AutoAttackRand{},
}
