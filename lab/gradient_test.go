package lab

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

// TestGradientOfZeroIsSaid: that of a class's probability where it underflows, but not that of its
// margin.
func TestGradientOfZeroIsSaid(t *testing.T) {
	_, c := serveLab(t, Options{})
	var grey bytes.Buffer
	if err := preprocess.EncodePNG(&grey, testnet.Grey(128./255), nil); err != nil {
		t.Fatal(err)
	}
	var p Picture
	c.call("POST", "/api/pictures?name=grey.png", grey.Bytes(), http.StatusCreated, &p)
	c.call("POST", "/api/models?name=steep&preset=raw", testnet.ONNX(testnet.Brightness(1e5, 0.49)), http.StatusCreated, nil)
	for loss, want := range map[string]string{"prob": "the loss margin may", "margin": ""} {
		var s Steepness
		c.call("POST", "/api/gradient", map[string]any{"picture": p.ID, "model": "steep", "class": 1, "loss": loss}, 200, &s)
		if (s.L1 == 0) != (want != "") || (s.Zero == "") != (want == "") || !strings.Contains(s.Zero, want) {
			t.Errorf("%s: sum of magnitudes %g, %q", loss, s.L1, s.Zero)
		}
	}
}
