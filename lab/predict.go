package lab

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/report"
)

// A Question is which picture a model is to look at.
type Question struct {
	Picture string `json:"picture" doc:"id of a picture"`
	Model   string `json:"model,omitempty" maxLength:"200" doc:"name of a model; the default one where there is none"`
	Top     int    `json:"top,omitempty" minimum:"1" maximum:"1000" default:"5" doc:"how many classes to list"`
}

// An Answer is what a model sees.
type Answer struct {
	Model       string              `json:"model"`
	MultiLabel  bool                `json:"multilabel" doc:"each label is on or off by itself: probabilities do not add up to 1"`
	Predictions []report.Prediction `json:"predictions" doc:"the likeliest first"`
	Seconds     float64             `json:"seconds" doc:"how long it took, the opening of the model included"`
}

func (l *Lab) predict(ctx context.Context, q *Question) (*Answer, error) {
	start := time.Now()
	p, err := l.picture(q.Picture)
	if err != nil {
		return nil, err
	}
	o, err := l.borrow(ctx, q.Model)
	if err != nil {
		return nil, err
	}
	defer o.end()
	session, err := sessionBytes(o.opened, true)
	if err != nil {
		return nil, runProblem(err)
	}
	pic, release, err := l.look(ctx, p, 0, session)
	if err != nil {
		return nil, err
	}
	defer release()
	logits, err := o.logits(pic.Pixels)
	if err != nil {
		return nil, runProblem(o.fault(err))
	}
	a := &Answer{Model: o.name, MultiLabel: o.m.MultiLabel(), Predictions: topOf(o.m, logits, q.Top), Seconds: time.Since(start).Seconds()}
	return a, nil
}

// A Slope asks for the gradient of a class.
type Slope struct {
	Picture string `json:"picture" doc:"id of a picture"`
	Model   string `json:"model,omitempty" maxLength:"200"`
	Class   string `json:"class" doc:"an index, a synset id or words of a class's name"`
	Loss    string `json:"loss,omitempty" enum:"prob,logprob,logit,margin" default:"prob" doc:"what of the class the gradient is of"`
	At      string `json:"at,omitempty" enum:"picture,model" default:"picture" doc:"with respect to the pixels of the file, or those the network gets"`
}

// A Steepness is a gradient in figures and as a picture.
type Steepness struct {
	Model string  `json:"model"`
	Class int     `json:"class"`
	Label string  `json:"label"`
	Prob  float64 `json:"prob" doc:"of the class"`
	L1    float64 `json:"l1" doc:"sum of the gradient's magnitudes, for pixels in [0,1]"`
	Scale float64 `json:"scale" doc:"98th percentile of the magnitudes, which the picture shows in full"`
	Image string  `json:"image" doc:"the gradient as a picture, a data URL"`
	Zero  string  `json:"zero_gradient,omitempty" doc:"if it is zero everywhere: what that may mean"`
}

func (l *Lab) gradient(ctx context.Context, q *Slope) (*Steepness, error) {
	p, err := l.picture(q.Picture)
	if err != nil {
		return nil, err
	}
	o, err := l.borrow(ctx, q.Model)
	if err != nil {
		return nil, err
	}
	defer o.end()
	class, err := o.m.Labels.Resolve(q.Class)
	if err != nil {
		return nil, settingProblem(&hoodwink.SettingError{Setting: "class", Err: err})
	}
	loss, err := attack.ParseLoss(q.Loss)
	if err != nil {
		return nil, settingProblem(&hoodwink.SettingError{Setting: "loss", Err: err})
	}
	each := int64(gradientBytes)
	if q.At == "model" {
		each = 0
	}
	session, err := sessionBytes(o.opened, false)
	if err != nil {
		return nil, runProblem(err)
	}
	pic, release, err := l.look(ctx, p, each, session)
	if err != nil {
		return nil, err
	}
	defer release()
	run := hoodwink.FoolRequest{Model: o.m, Input: p.Name, Picture: pic, AtModel: q.At == "model"}
	x, err := run.Pixels()
	if err != nil {
		return nil, runProblem(err)
	}
	g, err := hoodwink.Gradient(o.m, x, class.Index, loss, l.o.Threads)
	if err != nil {
		return nil, runProblem(o.fault(err))
	}
	s := newScreen(x.Shape[2], x.Shape[3], frameSide)
	colours := make([]uint8, s.bytes())
	s.gradient(colours, g.Pixels.Data)
	h, w := s.size()
	data, err := encodePNG(colours, h, w, fast)
	if err != nil {
		return nil, err
	}
	out := &Steepness{Model: o.name, Class: class.Index, Label: class.Label, Prob: g.Prob, Scale: report.GradientScale(g.Pixels),
		Image: "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)}
	for _, v := range g.Pixels.Data {
		out.L1 += max(float64(v), -float64(v))
	}
	if out.L1 == 0 {
		out.Zero = report.ZeroGradient(loss.String())
	}
	return out, nil
}

func (l *Lab) registerPredict(api huma.API) {
	tags := []string{"look"}
	huma.Register(api, huma.Operation{
		OperationID: "predict", Method: http.MethodPost, Path: "/api/predict", Tags: tags, Summary: "What does a model see in a picture?",
	}, func(ctx context.Context, in *struct{ Body Question }) (*struct{ Body *Answer }, error) {
		a, err := l.predict(ctx, &in.Body)
		return &struct{ Body *Answer }{a}, err
	})
	huma.Register(api, huma.Operation{
		OperationID: "gradient", Method: http.MethodPost, Path: "/api/gradient", Tags: tags, Summary: "Which pixels does a class depend on?",
	}, func(ctx context.Context, in *struct{ Body Slope }) (*struct{ Body *Steepness }, error) {
		s, err := l.gradient(ctx, &in.Body)
		return &struct{ Body *Steepness }{s}, err
	})
}
