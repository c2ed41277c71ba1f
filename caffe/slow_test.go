package caffe

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// repeated joins what each says of 0, 1, ... until the text is as long as a definition may be.
func repeated(head string, each func(i int) string, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; ; i++ {
		s := each(i)
		if b.Len()+len(s)+len(tail) > maxDefinitionBytes {
			return b.String() + tail
		}
		b.WriteString(s)
	}
}

// numbered writes a number into a text.
func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// TestSlowDefinitions: work grows with the length of a definition, not with its square. Each text is
// as long as possible and is done in a fraction of a second; compared with each other, its parts
// would take half a minute or more.
func TestSlowDefinitions(t *testing.T) {
	const pixel = `input: "data" input_dim: [1,3,1,1] `
	same := func(s string) func(int) string { return func(int) string { return s } }
	flat := pixel + `layer { type: "Softmax" bottom: "data" top: "p0" }`
	for i := range 14_000 {
		flat += fmt.Sprintf(`layer{type:"Flatten"bottom:"p%d"top:"p%d"}`, i, i+1)
	}
	for name, src := range map[string]string{
		"stages and rules": repeated(pixel+`layer { type: "ReLU" bottom: "data" top: "data" include { `+
			strings.Repeat(`not_stage: "b" `, 50_000)+` } } state { `, same(`stage:"a"`), " }"),
		"losses behind flattened softmaxes": repeated(flat,
			numbered(`layer{type:"SoftmaxWithLoss"bottom:"p14000"top:"l%d"}`), ""),
		"results behind flattened softmaxes": repeated(flat, numbered(`layer{type:"ReLU"bottom:"p14000"top:"l%d"}`), ""),
		"layers in place":                    repeated(pixel, same(`layer{type:"ReLU"bottom:"data"top:"data"}`), ""),
		"layers of one blob": repeated(pixel,
			numbered(`layer{name:"%[1]d"type:"Swish"bottom:"data"top:"%[1]d"}`), ""),
		"tops": repeated(pixel+`layer { type: "Slice" bottom: "data" `, numbered(`top:"%d"`), "}"),
		"many tops": repeated(pixel,
			numbered(`layer{type:"Split"bottom:"data"top:"d%[1]d"top:"%[1]d"}`), ""),
		"layers of the old kind": repeated(pixel, same(`layers{type:RELU bottom:"data"top:"data"}`), ""),
		"nothing in layers":      repeated(pixel, same(`layer{}`), ""),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if d, err := Parse([]byte(src)); err == nil {
				if w, err := d.RandomWeights(1); err == nil {
					d.Build(w)
				}
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%d bytes took %v", len(src), took)
			}
		})
	}
}

// TestLongNames: names are as long as in a caffemodel, and errors name some of many.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("x", maxName+1)
	for _, f := range []string{`name: "%s"`, `type: "%s"`, `bottom: "%s"`, `top: "%s"`} {
		if _, err := Parse([]byte("layer { " + fmt.Sprintf(f, long) + " }")); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: error %.300v, want a short one", f, err)
		}
	}
	strange := repeated(`input: "data" input_dim: [1,3,1,1] `,
		numbered(`layer{name:"%d"type:"Foo"bottom:"data"top:"data"}`), "")
	d, err := Parse([]byte(strange))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Build(nil); err == nil || len(err.Error()) > 500 || !strings.Contains(err.Error(), "more") {
		t.Errorf("error %.600v, want one that names some of the layers", err)
	}
	circle := repeated(`layer{name:"0"type:"ReLU"bottom:"end"top:"t0"}`, func(i int) string {
		return fmt.Sprintf(`layer{name:"%d"type:"ReLU"bottom:"t%d"top:"t%d"}`, i+1, i, i+1)
	}, "")
	n := strings.Count(circle, "layer") - 1
	circle += fmt.Sprintf(`layer{name:"z"type:"ReLU"bottom:"t%d"top:"end"}`, n)
	if d, err = Parse([]byte(circle)); err == nil {
		_, err = d.Build(nil)
	}
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("error %.600v, want a short one", err)
	}
}

// TestRepeatedWeights: one value in the weights, which a definition spreads over as many channels as
// it likes, does not fill the memory.
func TestRepeatedWeights(t *testing.T) {
	for _, kind := range []string{
		`type: "Scale" scale_param { num_axes: 0 bias_term: true }`,
		`type: "Bias" bias_param { num_axes: 0 }`,
		`type: "Normalize" norm_param { channel_shared: true }`,
	} {
		src := func(channels, layers int) string {
			src := fmt.Sprintf(`input: "data" input_dim: [1,%d,1,1] `, channels)
			for i := range layers {
				src += fmt.Sprintf(`layer { name: "%d" bottom: "data" top: "data" %s }`, i, kind)
			}
			return src
		}
		for _, c := range []struct {
			channels, layers int
			fine             bool
		}{{1000, 10, true}, {maxRepeated + 1, 1, false}, {maxRepeated / 10, 20, false}} {
			d, err := Parse([]byte(src(c.channels, c.layers)))
			if err != nil {
				t.Fatal(err)
			}
			w, err := d.RandomWeights(1)
			if c.fine && err == nil {
				_, err = d.Build(w)
			}
			if c.fine && err != nil || !c.fine && (err == nil || !strings.Contains(err.Error(), "one weight for each of")) {
				t.Errorf("%s: %d channels in %d layers: error %v", kind, c.channels, c.layers, err)
			}
		}
	}
}
