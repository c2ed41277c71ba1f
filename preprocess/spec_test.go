package preprocess

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestPreset(t *testing.T) {
	for _, name := range Presets() {
		s, err := Preset(name, 224, 224)
		if err != nil || s.Preset != name || s.Width != 224 || s.Height != 224 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	// The crop's larger side decides; 299 -> 342 is what torchvision's Inception uses.
	for size, want := range map[int]int{224: 256, 299: 342, 32: 37, 1: 1} {
		if s, err := Preset("torchvision", size, 1); err != nil || s.ResizeTo != want {
			t.Errorf("torchvision for %d: resize to %d, %v; want %d", size, s.ResizeTo, err, want)
		}
	}
	_, err := Preset("cafe", 1, 1)
	if err == nil || !strings.Contains(err.Error(), "caffe, caffe-mean, torchvision, raw") {
		t.Errorf("unknown preset: %v", err)
	}
	for _, size := range []int{0, -1, math.MaxInt} {
		if _, err := Preset("caffe", size, 5); err == nil {
			t.Errorf("width %d is accepted", size)
		}
	}
}

func TestPresetsShareNothing(t *testing.T) {
	a, _ := Preset("torchvision", 224, 224)
	a.Mean[0] = 7
	if b, _ := Preset("torchvision", 224, 224); b.Mean[0] == 7 {
		t.Error("changing one preset changed the next")
	}
}

func TestSpecAsText(t *testing.T) {
	for _, name := range Presets() {
		s, err := Preset(name, 30, 20)
		if err != nil {
			t.Fatal(err)
		}
		var fromJSON, fromYAML Spec
		j, err := json.Marshal(s)
		if err == nil {
			err = json.Unmarshal(j, &fromJSON)
		}
		if err != nil || !reflect.DeepEqual(fromJSON, s) {
			t.Errorf("%s through JSON: %+v, %v", name, fromJSON, err)
		}
		y, err := yaml.Marshal(s)
		if err == nil {
			err = yaml.Unmarshal(y, &fromYAML)
		}
		if err != nil || !reflect.DeepEqual(fromYAML, s) {
			t.Errorf("%s through YAML: %+v, %v", name, fromYAML, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string][2]int{"": {0, 0}, "224": {224, 224}, "320x240": {320, 240}} {
		if w, h, err := ParseSize(text); err != nil || w != want[0] || h != want[1] {
			t.Errorf("%q: %d x %d, %v", text, w, h, err)
		}
	}
	for _, text := range []string{"0", "-3", "x", "8x", "8x8x8", "1e3", "99999999999999999999", "8x99999999"} {
		if w, h, err := ParseSize(text); err == nil {
			t.Errorf("%q: %d x %d", text, w, h)
		}
	}
}

func TestValidate(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.Width = 0 }, "network input 0 x 224"},
		{func(s *Spec) { s.Height = maxSide + 1 }, "network input"},
		{func(s *Spec) { s.Resize = "crop" }, `resize "crop"`},
		{func(s *Spec) { s.Resize = "" }, `"stretch" or "shorter-side"`},
		{func(s *Spec) { s.Resize, s.ResizeTo = Stretch, 223 }, "resize_to 223"},
		{func(s *Spec) { s.ResizeTo = 223 }, "resize_to 223"},
		{func(s *Spec) { s.ResizeTo = math.MaxInt }, "resize_to"},
		{func(s *Spec) { s.Order = "rgb" }, `order "rgb"`},
		{func(s *Spec) { s.Order = "gray" }, "3 means for 1 channels"},
		{func(s *Spec) { s.Scale = 0 }, "scale 0"},
		{func(s *Spec) { s.Scale = nan }, "scale NaN"},
		{func(s *Spec) { s.Scale = inf }, "scale +Inf"},
		{func(s *Spec) { s.Mean = s.Mean[:2] }, "2 means for 3 channels"},
		{func(s *Spec) { s.Mean[1] = nan }, "not finite"},
		{func(s *Spec) { s.Std = append(s.Std, 1) }, "4 standard deviations"},
		{func(s *Spec) { s.Std[2] = 0 }, "want positive"},
		{func(s *Spec) { s.Std[2] = nan }, "want positive"},
		{func(s *Spec) { s.Std[2] = inf }, "want positive"},
	} {
		s, err := Preset("torchvision", 224, 224)
		if err != nil {
			t.Fatal(err)
		}
		c.change(&s)
		err = s.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "torchvision") {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if _, bindErr := s.Bind(1, 9, 9); bindErr == nil || bindErr.Error() != err.Error() {
			t.Errorf("Bind says %v", bindErr)
		}
	}
	if err := (Spec{}).Validate(); err == nil || !strings.Contains(err.Error(), "custom") {
		t.Errorf("the zero Spec: %v", err)
	}
	ok, _ := Preset("raw", 5, 5)
	for _, size := range [][]int{{0, 1, 1}, {1, 0, 1}, {1, 1, -1}} {
		if _, err := ok.Bind(size[0], size[1], size[2]); err == nil {
			t.Errorf("bound to %v", size)
		}
	}
}

func TestAtModel(t *testing.T) {
	s, _ := Preset("torchvision", 24, 20)
	at := s.AtModel()
	p, err := at.Bind(1, 20, 24)
	if err != nil {
		t.Fatal(err)
	}
	if !p.rows.copies || !p.cols.copies || !slices.Equal(at.Mean, s.Mean) {
		t.Errorf("%+v changes the geometry or the values", at)
	}
}
