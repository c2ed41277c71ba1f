package lab

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink"
	"hoodwink/attack"
)

// Words are a sentence in the languages of the pages.
type Words struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// An AttackInfo describes an attack.
type AttackInfo struct {
	Name       string          `json:"name"`
	Title      Words           `json:"title"`
	About      Words           `json:"about"`
	Paper      string          `json:"paper"`
	ArXiv      string          `json:"arxiv,omitempty"`
	Norms      []attack.Norm   `json:"norms" doc:"that it knows"`
	Minimal    bool            `json:"minimal" doc:"it looks for the smallest change: the default of eps is no limit"`
	Settings   []string        `json:"settings" doc:"those that it uses, besides as, not, norm, eps, set, seed and at"`
	Parameters []ParameterInfo `json:"parameters" doc:"what set takes; those that are settings, too, are in both lists"`
}

// A ParameterInfo describes a parameter of an attack.
type ParameterInfo struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind" enum:"int,number,size,bool,loss"`
	Default Words    `json:"default" doc:"a value, or words"`
	Min     *float64 `json:"min,omitempty" doc:"of a number or a size"`
	Max     *float64 `json:"max,omitempty" doc:"likewise, if there is a largest"`
	Choices []string `json:"choices,omitempty"`
	About   Words    `json:"about"`
}

// A NormInfo describes a norm.
type NormInfo struct {
	Name string `json:"name"`
	Eps  string `json:"eps" doc:"the default"`
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
	Norms    []NormInfo    `json:"norms"`
	Settings []SettingInfo `json:"settings"`
}

// catalogue describes the attacks of a registry, and the settings of runs.
func catalogue(known attack.Registry) *Catalogue {
	c := &Catalogue{Attacks: describe(known), Settings: settings}
	for i, name := range attack.Norms() {
		n := attack.Norm(i)
		c.Norms = append(c.Norms, NormInfo{name, n.FormatSize(n.DefaultEps())})
	}
	return c
}

var settings = []SettingInfo{
	{"norm", "linf", attack.Norms(), Words{"How a change is measured: by its largest value (linf), by its length over all pixels (l2), by its sum (l1), or by the number of pixels (l0) or values (l0values) that change.", "怎样衡量改动：看最大的一处（linf）、所有像素合起来的长度（l2）、改动的总和（l1），还是看改了多少个像素（l0）或多少个数值（l0values）。"}},
	{"eps", "8/255", nil, Words{"The largest change allowed. 2/255 is two of the 255 levels of a pixel; nobody sees that.", "允许的最大改动。2/255 就是每个像素 255 级亮度中的两级，肉眼看不出来。"}},
	{"steps", "100", nil, Words{"How many steps there may be.", "最多走多少步。"}},
	{"step", "", nil, Words{"The size of one step; empty means one that suits eps.", "每一步的大小；留空则按 eps 自动选取。"}},
	{"restarts", "1", nil, Words{"How many starting points may be tried.", "最多可以从多少个起点出发。"}},
	{"loss", "auto", attack.LossNames(), Words{"What the gradient is of: the logarithm of the probability, the probability itself (the article's), the score, or its lead over the next one. Auto begins with the first and takes the last where that has no gradient.", "对什么求梯度：概率的对数、概率本身（文章的做法）、得分，或与第二名的差距。auto 先用第一种，梯度为零时改用最后一种。"}},
	{"prob", "0", nil, Words{"Demand that the network be this sure of the new class.", "要求网络对新类别至少有这么确信。"}},
	{"seed", "0", nil, Words{"Of all random numbers: the same seed gives the same bytes.", "所有随机数的种子：种子相同，结果逐字节相同。"}},
	{"at", "picture", []string{"picture", "model"}, Words{"Change the picture's own pixels, or first shrink it to what the network sees, as the article does.", "直接改原图的像素，还是像文章那样先缩小到网络的输入尺寸。"}},
}

// describe takes from the declarations of attacks what a page shows of them.
func describe(known attack.Registry) []AttackInfo {
	list := []AttackInfo{}
	for _, a := range known {
		en, zh := attack.Describe(a, false), attack.Describe(a, true)
		paper, arxiv, _ := strings.Cut(en.Paper, ", arXiv:")
		info := AttackInfo{
			Name: en.Name, Title: Words{raised(en.Title), zh.Title}, About: Words{en.Says, zh.Says}, Paper: paper, ArXiv: arxiv,
			Norms: a.Info().Norms, Minimal: a.Info().Minimal, Parameters: []ParameterInfo{},
		}
		for i, p := range en.Parameters {
			if slices.Contains(hoodwink.OwnSettings, p.Name) {
				info.Settings = append(info.Settings, p.Name)
			}
			info.Parameters = append(info.Parameters, ParameterInfo{
				Name: p.Name, Kind: p.Kind, Default: Words{p.Default, zh.Parameters[i].Default},
				Min: p.Min, Max: p.Max, Choices: p.Choices, About: Words{raised(p.Doc), zh.Parameters[i].Doc},
			})
		}
		info.Settings = append(info.Settings, "prob")
		list = append(list, info)
	}
	return list
}

// raised returns a text with a capital at its beginning.
func raised(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

func (l *Lab) registerAttacks(api huma.API) {
	all := catalogue(l.o.Attacks)
	huma.Register(api, huma.Operation{OperationID: "list-attacks", Method: http.MethodGet, Path: "/api/attacks", Tags: []string{"attacks"}, Summary: "The attacks, and what can be set"},
		func(context.Context, *struct{}) (*struct{ Body *Catalogue }, error) {
			return &struct{ Body *Catalogue }{all}, nil
		})
}

// allow makes the description of the API, by which requests are checked, say which attacks, norms and
// losses there are.
func allow(api huma.API, known attack.Registry) {
	schemas := api.OpenAPI().Components.Schemas.Map()
	for _, name := range []string{"RunRequest", "Settings"} {
		for property, choices := range map[string][]string{"attack": known.Names(), "norm": attack.Norms(), "loss": attack.LossNames()} {
			p := schemas[name].Properties[property]
			for _, c := range choices {
				p.Enum = append(p.Enum, c)
			}
			p.PrecomputeMessages()
		}
	}
}
