package lab

import (
	"bytes"
	"math"
	"net/http"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

// untilEnd waits for a run.
func untilEnd(t *testing.T, c *client, id string) (r Run) {
	t.Helper()
	until(t, "the end of the run", func() bool {
		r = Run{}
		c.call("GET", "/api/runs/"+id, nil, 200, &r)
		return r.State.final()
	})
	return r
}

// redPicture is a picture of one colour.
func redPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := preprocess.EncodePNG(&b, testnet.Colour(1, 0, 0), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSigmoidModels: ONNX Runtime 1.32 gives 0.98201376, 0.95257413 and 0.01798624 for the
// logits 4, 3 and -4, and 0.99966455 for 8. A run switches one label.
func TestSigmoidModels(t *testing.T) {
	_, c := serveLab(t, Options{})
	var u Upload
	for name, network := range map[string][]byte{
		"labels": testnet.ONNX(testnet.Colours([][3]float32{{4, 0, 0}, {3, 0, 0}, {-4, 4, 0}}, &nn.Sigmoid{})),
		"single": testnet.ONNX(testnet.Colours([][3]float32{{8, -8, 0}}, &nn.Sigmoid{})),
	} {
		c.call("POST", "/api/models?preset=raw&name="+name, network, http.StatusCreated, &u)
		if multi := name == "labels"; !u.OK || u.Model.Outputs != "sigmoid" || u.Model.MultiLabel != multi {
			t.Errorf("%s: %+v, %+v", name, u.Model, u.Findings)
		}
	}
	var p Picture
	c.call("POST", "/api/pictures?name=red.png", redPicture(t), http.StatusCreated, &p)
	for name, want := range map[string][]float64{"labels": {0.98201376, 0.95257413, 0.01798624}, "single": {1 - 0.99966455, 0.99966455}} {
		var a Answer
		c.call("POST", "/api/predict", Question{Picture: p.ID, Model: name}, 200, &a)
		if a.MultiLabel != (name == "labels") || len(a.Predictions) != len(want) {
			t.Errorf("%s: %+v", name, a)
		}
		for _, q := range a.Predictions {
			if !(math.Abs(q.Prob-want[q.Class]) < 1e-6) {
				t.Errorf("%s: %+v, want %v", name, q, want[q.Class])
			}
		}
	}
	var r Run
	c.call("POST", "/api/runs", map[string]any{"picture": p.ID, "model": "labels", "as": "2", "eps": "0.6", "keep": true}, http.StatusCreated, &r)
	res := untilEnd(t, c, r.ID)
	if !res.Goal.MultiLabel || res.State != Done || !res.Result.SuccessFile || !res.Result.MultiLabel || !(res.Result.ProbFile > 0.5) || !(math.Abs(res.Result.ProbBefore-0.01798624) < 1e-6) {
		t.Errorf("%+v, %+v", res, res.Result)
	}
	for _, x := range []string{"curves.svg", "montage.png", "report.html"} {
		c.call("GET", "/api/runs/"+r.ID+"/"+x, nil, 200, nil)
	}
}

// TestRunsOfNaN fail with words and a hint.
func TestRunsOfNaN(t *testing.T) {
	_, c := serveLab(t, Options{})
	var u Upload
	c.call("POST", "/api/models?preset=raw&name=roots", testnet.ONNX(testnet.Colours([][3]float32{{-1, 1, 0}, {1, 1, 1}}, &nn.Unary{Op: nn.Sqrt})), http.StatusCreated, &u)
	if u.OK {
		t.Errorf("%+v", u.Findings)
	}
	var p Picture
	c.call("POST", "/api/pictures?name=red.png", redPicture(t), http.StatusCreated, &p)
	var problem Problem
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "roots"}, http.StatusUnprocessableEntity, &problem)
	if problem.Detail == "" || problem.Hint == "" {
		t.Errorf("%+v", problem)
	}
	var r Run
	c.call("POST", "/api/runs", map[string]any{"picture": p.ID, "model": "roots", "as": "0", "keep": true}, http.StatusCreated, &r)
	if res := untilEnd(t, c, r.ID); res.State != Failed || res.Problem == nil || res.Problem.Hint == "" {
		t.Errorf("%+v, %+v", res.State, res.Problem)
	}
}
