package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// shake is an attack of the test: random points of the ball.
type shake struct {
	Times  int         `set:"times" min:"1" max:"7" default:"3" doc:"points that are tried" zh:"尝试的点数"`
	Reach  float64     `set:"reach" unit:"size" max:"1" default:"eps, or less" defaultzh:"不超过 eps" doc:"how far it shakes" zh:"摇多远"`
	Gently bool        `set:"gently" default:"false" doc:"shake it gently" zh:"轻轻地摇"`
	Mood   attack.Loss `set:"mood" default:"margin" doc:"what it measures" zh:"衡量什么"`
}

func (shake) Info() attack.Info {
	return attack.Info{Name: "shake", Title: "a shake", TitleZh: "摇晃", Paper: "The Book of Shakes", Norms: []attack.Norm{attack.L2, attack.L1},
		Access: attack.Scores, Says: "Shakes it.", SaysZh: "摇它一下。"}
}

func (a shake) Attack(t *attack.Trial) {
	v := t.New()
	for range cmp.Or(a.Times, 3) {
		t.Start(v, true)
		if _, ok := t.Score(v, a.Mood); !ok || !t.Settle(v, a.Mood) {
			return
		}
	}
}

var withShake = append(slices.Clone(attacks.All), shake{})

// TestCatalogueOfAttacks: the API shows the attacks that are declared, and takes the same.
func TestCatalogueOfAttacks(t *testing.T) {
	_, c := serveLab(t, Options{Attacks: withShake})
	var all Catalogue
	c.call("GET", "/api/attacks", nil, 200, &all)
	if len(all.Attacks) != len(withShake) {
		t.Fatalf("%d attacks, %d are declared", len(all.Attacks), len(withShake))
	}
	for i, a := range all.Attacks {
		en, zh := attack.Describe(withShake[i], false), attack.Describe(withShake[i], true)
		if a.Name != en.Name || !strings.EqualFold(a.Title.EN, en.Title) || a.Title.ZH != zh.Title || a.About != (Words{en.Says, zh.Says}) || len(a.Norms) != len(en.Norms) {
			t.Errorf("%+v, declared as %+v", a, en)
		}
		for j, p := range a.Parameters {
			en, zh := en.Parameters[j], zh.Parameters[j]
			if p.Name != en.Name || p.Kind != en.Kind || p.Default != (Words{en.Default, zh.Default}) || !strings.EqualFold(p.About.EN, en.Doc) || p.About.ZH != zh.Doc || !slices.Equal(p.Choices, en.Choices) {
				t.Errorf("%+v, declared as %+v", p, en)
			}
			if (p.Min == nil) != (en.Min == nil) || (p.Max == nil) != (en.Max == nil) || p.Min != nil && *p.Min != *en.Min || p.Max != nil && *p.Max != *en.Max {
				t.Errorf("the range of %s %s is another than declared", a.Name, p.Name)
			}
		}
	}
	if got := all.Attacks[0].Settings; !slices.Equal(got, []string{"steps", "step", "loss", "prob"}) {
		t.Errorf("the settings of bim, which has one more parameter, are %v", got)
	}
	for i, n := range all.Norms {
		if eps, err := attack.Norm(i).ParseSize(n.Eps); n.Name != attack.Norm(i).String() || err != nil || eps != attack.Norm(i).DefaultEps() {
			t.Errorf("%+v, %v", n, err)
		}
	}

	for _, name := range []string{"RunRequest", "Settings"} {
		properties := description(t, c).Components.Schemas[name].Value.Properties
		for property, declared := range map[string][]string{"attack": withShake.Names(), "loss": attack.LossNames(), "norm": attack.Norms()} {
			if taken := fmt.Sprint(properties[property].Value.Enum); taken != fmt.Sprint(declared) {
				t.Errorf("%s takes as %s %v, declared are %v", name, property, taken, declared)
			}
		}
	}
	p := c.draw("dog", 1)
	for _, q := range []struct {
		wrong                    map[string]any
		code, setting, parameter string
	}{
		{map[string]any{"attack": "shakes"}, "invalid", "", ""}, {map[string]any{"attack": "shake"}, "setting_wrong", "norm", ""},
		{map[string]any{"attack": "shake", "norm": "l2", "steps": 3}, "setting_wrong", "steps", ""},
		{map[string]any{"attack": "shake", "norm": "l2", "set": []string{"times=9"}}, "setting_wrong", "set", "times"},
		{map[string]any{"set": []string{"times=3"}}, "setting_wrong", "set", `"times"`},
	} {
		q.wrong["picture"], q.wrong["as"] = p.ID, "vulture"
		var problem Problem
		if c.call("POST", "/api/runs", q.wrong, 422, &problem); problem.Code != q.code || problem.Setting != q.setting || problem.Parameter != q.parameter {
			t.Errorf("%v: %+v", q.wrong, problem)
		}
	}
}

// parameters is what the form shows of those of the chosen attack.
const parameters = `[...document.querySelectorAll("#parameters .setting")].map((e) => e.querySelector("label").textContent + " | " + e.querySelector(".note").textContent).join("\n")`

// shownSettings are the ids of the settings that the form shows.
const shownSettings = `[...document.querySelectorAll(".setting:not([hidden]) > :is(input, select)")].map((e) => e.id).join(" ")`

// TestNewAttackInForm: what an attack declares is in the form, in both languages, is run, and comes back.
func TestNewAttackInForm(t *testing.T) {
	l, c := serveLab(t, Options{Attacks: withShake})
	b := browse(t, c)
	b.open("/?lang=en&picture=draw:dog:1:96&not=dog")
	b.wait(`document.querySelector("#sees").textContent === "dog"`)
	if got, want := b.text(parameters), "In l2, project onto ball and bounds together, not one after the other | exact"; got != want {
		t.Errorf("the parameters of bim are\n%s, want\n%s", got, want)
	}
	b.do(chromedp.Evaluate(`document.querySelector("#set-exact").closest("details").open = true`, nil), chromedp.Click("#set-exact"))
	choose(b, "attack", "pgd")
	if s := b.text(`document.querySelector("#moreset").textContent`); s != "exact" {
		t.Errorf("with another attack that has the parameter, set is %q", s)
	}
	if s := b.text(`document.querySelector("[data-about=step]").textContent`); !strings.HasSuffix(s, "Default: eps/30 in linf, eps/40 otherwise; more with fewer steps") {
		t.Errorf("of the step is said %q", s)
	}
	b.shoot("parameters-pgd")
	choose(b, "attack", "shake")
	if s := b.text(shownSettings); s != "attack eps norm set-times set-reach set-mood seed at" {
		t.Errorf("the form shows %s", s)
	}
	// In this order: a switch to the language that a page has already makes its controls anew at a moment that
	// nothing tells.
	for _, c := range []struct{ language, title, want string }{
		{"zh", "摇晃（shake）", "尝试的点数 | times：1 到 7\n摇多远 | reach：0 到 1。默认：不超过 eps\n轻轻地摇 | gently\n衡量什么 | mood"},
		{"en", "A shake (shake)", "Points that are tried | times: 1 to 7\nHow far it shakes | reach: 0 to 1. Default: eps, or less\nShake it gently | gently\nWhat it measures | mood"},
	} {
		choose(b, "language", c.language)
		b.wait(`document.documentElement.lang.startsWith("` + c.language + `")`)
		if got := b.text(parameters); got != c.want {
			t.Errorf("in %s the parameters are\n%s, want\n%s", c.language, got, c.want)
		}
		if s := b.text(`document.querySelector("#attack").selectedOptions[0].textContent`); s != c.title {
			t.Errorf("in %s its title is %s", c.language, s)
		}
	}
	if s := b.text(`[...document.querySelectorAll("#norm option")].map((e) => e.value) + " " + document.querySelector("#eps").placeholder`); s != "l2,l1 2" {
		t.Errorf("norms and eps: %s", s)
	}
	if s := b.text(`(({ type, min, max, placeholder }) => [type, min, max, placeholder])(document.querySelector("#set-times"))`); s != "number,1,7,3" {
		t.Errorf("the field of times has %s", s)
	}

	b.do(chromedp.SetValue("#set-times", "5"), chromedp.Click("#set-gently"), chromedp.SetValue("#set-mood", "logit"), chromedp.Click("#run"))
	b.wait(`document.querySelector("#result .verdict") !== null && !document.querySelector("#result").hidden`)
	r := l.runs.find(b.runID()).snapshot()
	if want := []string{"times=5", "gently=true", "mood=logit"}; !slices.Equal(r.Request.Set, want) || r.Request.Norm != "l2" {
		t.Errorf("asked for %+v", r.Request.Settings)
	}
	for _, want := range []string{"--attack shake", "--set times=5 --set gently=true --set mood=logit"} {
		if !strings.Contains(r.Command, want) {
			t.Errorf("no %q in %s", want, r.Command)
		}
	}
	const set = `[...document.querySelectorAll("#parameters :is(input, select)")].map((e) => e.type === "checkbox" ? e.checked : e.value).join()`
	for way, action := range map[string]chromedp.Action{"a reload": chromedp.Reload(), "the address": chromedp.Navigate(c.url + r.URL), "the run": chromedp.Evaluate(`document.querySelector("#runs .tile").click()`, nil)} {
		b.wait(`document.querySelector("#runs .tile") !== null`)
		b.do(chromedp.Evaluate(`document.querySelector("#form").reset()`, nil), action)
		b.wait(set + ` === "5,,true,logit"`)
		if s := b.text(`document.querySelector("#attack").value + document.querySelector("#norm").value + document.querySelector("#moreset").textContent`); s != "shakel2times 5 · gently · mood logit" {
			t.Errorf("after %s the form has %s", way, s)
		}
	}
	// what no control can show is not lost, and an address that names what there is not does no harm
	b.do(chromedp.Navigate(c.url + "/?attack=shake&norm=l7&set=mood%3Dcw%3A2&set=times%3D2&picture=draw:dog:1:96"))
	b.wait(`document.querySelector("#moreset").textContent === "times 2 · mood cw:2"`)
	b.do(chromedp.Navigate(c.url + "/?attack=none&picture=draw:dog:1:96"))
	b.wait(`document.querySelector("#attack").value === "bim"`)
	for _, width := range []int64{1280, 360} {
		for _, language := range []string{"en", "zh"} {
			b.do(b.width(width))
			b.open("/?attack=shake&set=gently%3Dtrue&lang=" + language)
			b.wait(`document.querySelector("#set-gently")?.checked`)
			b.do(chromedp.Evaluate(`document.querySelector("#set-gently").closest("details").open = true`, nil))
			for _, theme := range []string{"light", "dark"} {
				choose(b, "theme", theme)
				name := fmt.Sprintf("parameters-%s-%s-%d", language, theme, width)
				check(b, name)
				b.shoot(name)
			}
			if s := b.text(`document.documentElement.scrollWidth <= innerWidth`); s != "true" {
				t.Errorf("%d pixels wide, the page in %s is wider", width, language)
			}
		}
	}
	b.open("/models?lang=zh")
	b.wait(`document.querySelector("#attacks").textContent.includes("衡量什么")`)
	b.do(chromedp.Evaluate(`document.querySelectorAll("#attacks details").forEach((e) => { e.open = true; })`, nil))
	check(b, "the list of attacks")
	b.shoot("attacks-zh-360")
	b.quiet()

	b.open("/?lang=en&attack=shake&not=dog&set=times%3D9&picture=draw:dog:1:96")
	b.wait(`document.querySelector("#sees").textContent === "dog"`)
	b.do(chromedp.Evaluate(`document.querySelector("#run").click()`, nil))
	b.wait(`document.querySelector("#set-times").getAttribute("aria-invalid") === "true" && document.activeElement.id === "set-times"`)

	b.do(chromedp.Evaluate(`document.querySelector("#set-times").value = ""`, nil), chromedp.SendKeys("#set-times", "1e"))
	b.do(chromedp.Evaluate(`document.querySelector("#run").click()`, nil))
	b.wait(`document.querySelector("#error").textContent === "This is not a number."`)
}
