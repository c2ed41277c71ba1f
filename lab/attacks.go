package lab

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// Words are a sentence in the languages of the pages.
type Words struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// An AttackInfo describes an attack.
type AttackInfo struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	About    Words    `json:"about"`
	Paper    string   `json:"paper"`
	ArXiv    string   `json:"arxiv"`
	Settings []string `json:"settings" doc:"those that it uses, besides as, not, norm, eps, set, seed and at"`

	Norms      []attack.Norm   `json:"norms"`
	Parameters []ParameterInfo `json:"parameters,omitempty" doc:"what set takes"`
}

// A ParameterInfo describes a parameter of an attack.
type ParameterInfo struct {
	Name    string `json:"name"`
	Kind    string `json:"kind" enum:"int,number,size,bool,loss"`
	Default string `json:"default"`
	About   Words  `json:"about"`
}

// A SettingInfo describes a setting of runs.
type SettingInfo struct {
	Name    string   `json:"name"`
	Default string   `json:"default"`
	Choices []string `json:"choices,omitempty"`
	About   Words    `json:"about"`
}

// A Catalogue is all that can be set.
type Catalogue struct {
	Attacks  []AttackInfo  `json:"attacks"`
	Settings []SettingInfo `json:"settings"`
}

var catalogue = Catalogue{
	Attacks: describe(attacks.All),
	Settings: []SettingInfo{
		{"norm", "linf", attack.Norms(), Words{"How a change is measured: by its largest value (linf), by its length over all pixels (l2), by its sum (l1), or by the number of pixels (l0) or values (l0values) that change.", "怎样衡量改动：看最大的一处（linf）、所有像素合起来的长度（l2）、改动的总和（l1），还是看改了多少个像素（l0）或多少个数值（l0values）。"}},
		{"eps", "8/255", nil, Words{"The largest change allowed. 2/255 is two of the 255 levels of a pixel; nobody sees that.", "允许的最大改动。2/255 就是每个像素 255 级亮度中的两级，肉眼看不出来。"}},
		{"steps", "100", nil, Words{"How many steps there may be.", "最多走多少步。"}},
		{"step", "", nil, Words{"The size of one step; empty means one that suits eps.", "每一步的大小；留空则按 eps 自动选取。"}},
		{"restarts", "1", nil, Words{"How many random points pgd may start from.", "PGD 可以从多少个随机点出发。"}},
		{"loss", "auto", attack.LossNames(), Words{"What the gradient is of: the logarithm of the probability, the probability itself (the article's), the score, or its lead over the next one. Auto begins with the first and takes the last where that has no gradient.", "对什么求梯度：概率的对数、概率本身（文章的做法）、得分，或与第二名的差距。auto 先用第一种，梯度为零时改用最后一种。"}},
		{"prob", "0", nil, Words{"Demand that the network be this sure of the new class.", "要求网络对新类别至少有这么确信。"}},
		{"seed", "0", nil, Words{"Of all random numbers: the same seed gives the same bytes.", "所有随机数的种子：种子相同，结果逐字节相同。"}},
		{"at", "picture", []string{"picture", "model"}, Words{"Change the picture's own pixels, or first shrink it to what the network sees, as the article does.", "直接改原图的像素，还是像文章那样先缩小到网络的输入尺寸。"}},
	},
}

// describe takes from the declarations of attacks what a page shows of them.
func describe(known attack.Registry) []AttackInfo {
	var list []AttackInfo
	for _, a := range known {
		i := a.Info()
		paper, arxiv, _ := strings.Cut(i.Paper, ", arXiv:")
		info := AttackInfo{Name: i.Name, Title: strings.ToUpper(i.Title[:1]) + i.Title[1:], About: Words{i.Says, i.SaysZh}, Paper: paper, ArXiv: arxiv, Norms: i.Norms}
		for _, p := range attack.Parameters(a) {
			info.Settings = append(info.Settings, p.Name)
			info.Parameters = append(info.Parameters, ParameterInfo{p.Name, p.Kind, p.Default, Words{p.Doc, p.DocZh}})
		}
		info.Settings = append(info.Settings, "prob")
		list = append(list, info)
	}
	return list
}

func (l *Lab) registerAttacks(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-attacks", Method: http.MethodGet, Path: "/api/attacks", Tags: []string{"attacks"}, Summary: "The attacks, and what can be set"},
		func(context.Context, *struct{}) (*struct{ Body Catalogue }, error) {
			return &struct{ Body Catalogue }{catalogue}, nil
		})
}
