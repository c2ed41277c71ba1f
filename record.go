package hoodwink

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/internal/files"
	"hoodwink/internal/wording"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A Record is what a PNG that Fool has written says about itself: enough to make it again, and
// nothing that differs between two runs of the same attack.
type Record struct {
	Version   string // of the program
	Input     string // name of the original's file, without its folder
	InputHash string // SHA-256 of the pixels that were attacked, hexadecimal
	Model     string
	ModelHash string // as model.Model has it
	Spec      preprocess.Spec
	Goal      attack.Goal
	Until     attack.Goal // nil for the goal
	AtModel   bool
	Attack    attack.Attack
	Norm      attack.Norm
	Eps       float64
	Seed      uint64
	Mask      string // SHA-256 of the mask, or empty

	// Interrupted says that the picture is the best that was found before somebody ended the attack.
	Interrupted bool
}

// recordJSON is how a record is written. Version stands beside it, in a text of its own.
type recordJSON struct {
	Input       string          `json:"input,omitempty"`
	InputSHA256 string          `json:"input_sha256,omitempty"`
	Model       string          `json:"model"`
	ModelSHA256 string          `json:"model_sha256"`
	Preprocess  preprocess.Spec `json:"preprocess"`
	Goal        json.RawMessage `json:"goal,omitempty"`
	Until       json.RawMessage `json:"until,omitempty"`
	At          string          `json:"at"`
	Attack      json.RawMessage `json:"attack"`
	Norm        string          `json:"norm"`
	Eps         string          `json:"eps"`
	Seed        uint64          `json:"seed"`
	Mask        string          `json:"mask_sha256,omitempty"`
	Interrupted bool            `json:"interrupted,omitempty"`
}

// The keys of the texts in a PNG.
const (
	softwareKey = "Software"
	recordKey   = "hoodwink"
)

// record returns the record of an attack on pixels x, with a mask of that hash.
func (r *FoolRequest) record(x *tensor.Tensor, mask string, method attack.Attack, interrupted bool) *Record {
	return &Record{
		Version: r.Version, Input: filepath.Base(r.Input), InputHash: hashPixels(x),
		Model: r.Model.Name, ModelHash: r.Model.Hash, Spec: r.Model.Spec,
		Goal: r.Criterion, Until: r.Until, AtModel: r.AtModel, Attack: method, Norm: r.Norm, Eps: r.Eps, Seed: r.Seed,
		Mask: mask, Interrupted: interrupted,
	}
}

// texts returns the record as texts of a PNG.
func (r *Record) texts() []preprocess.Text {
	settings, err := json.Marshal(r.json())
	if err != nil {
		panic(err) // plain values only
	}
	return software(r.Version, settings)
}

// json returns the record as it is written.
func (r *Record) json() recordJSON {
	return recordJSON{
		r.Input, r.InputHash, r.Model, r.ModelHash, r.Spec, goalRecord(r.Goal), goalRecord(r.Until), r.at(),
		attacks.Marshal(r.Attack), r.Norm.String(), fmt.Sprint(r.Eps), r.Seed, r.Mask, r.Interrupted,
	}
}

// at says which pixels were attacked, as report.Fool does.
func (r *Record) at() string {
	if r.AtModel {
		return "model"
	}
	return "file"
}

// goalRecord returns the JSON of a goal, as attack.ReadGoal reads it. One that cannot be written, which
// only a program of its own can ask for, is null.
func goalRecord(g attack.Goal) json.RawMessage {
	if g == nil {
		return nil
	}
	data, err := attack.MarshalGoal(g)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

// software returns the text chunks of a picture that this program made.
func software(version string, settings []byte) []preprocess.Text {
	return []preprocess.Text{
		{Key: softwareKey, Value: strings.TrimSpace("hoodwink " + version)},
		{Key: recordKey, Value: string(wording.JSON(settings))},
	}
}

// hashPixels returns the SHA-256 of a picture: of its shape and its values.
func hashPixels(x *tensor.Tensor) string {
	sum := sha256.New()
	fmt.Fprint(sum, x.Shape)
	part := make([]byte, 0, 1<<14)
	for i, v := range x.Data {
		part = binary.LittleEndian.AppendUint32(part, math.Float32bits(v))
		if len(part) == cap(part) || i+1 == len(x.Data) {
			sum.Write(part)
			part = part[:0]
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// errNoRecord is the reason why a picture cannot be made again.
var errNoRecord = errors.New("it has no record of an attack: 'hoodwink fool' has not written it, or another program has written it anew")

// ReadRecord reads the record of a PNG file that Fool has written.
func ReadRecord(path string) (*Record, error) {
	f, err := files.OpenGiven(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	texts, err := preprocess.ReadText(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r, err := parseRecord(texts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// parseRecord finds the record among the texts of a file.
func parseRecord(texts []preprocess.Text) (*Record, error) {
	r := &Record{}
	var settings string
	for _, t := range texts {
		switch t.Key {
		case softwareKey:
			r.Version = strings.TrimSpace(strings.TrimPrefix(t.Value, "hoodwink"))
		case recordKey:
			settings = t.Value
		}
	}
	if settings == "" {
		return nil, errNoRecord
	}
	var j recordJSON
	if err := json.Unmarshal([]byte(settings), &j); err != nil || len(j.Goal) == 0 {
		return nil, errNoRecord
	}
	return r, r.fill(&j)
}

// fill takes what has been read.
func (r *Record) fill(j *recordJSON) (err error) {
	r.Input, r.InputHash, r.Model, r.ModelHash, r.Spec = j.Input, j.InputSHA256, j.Model, j.ModelSHA256, j.Preprocess
	r.Seed, r.Mask, r.Interrupted = j.Seed, j.Mask, j.Interrupted
	if r.Input != filepath.Base(r.Input) {
		return fmt.Errorf("its record: the name of the original is %q, want one without a folder", r.Input)
	}
	if r.Goal, err = attack.ReadGoal(j.Goal); err != nil {
		return fmt.Errorf("its record: %w", err)
	}
	if len(j.Until) > 0 {
		if r.Until, err = attack.ReadGoal(j.Until); err != nil {
			return fmt.Errorf("its record: %w", err)
		}
	}
	if r.Attack, err = attacks.Read(j.Attack); err != nil {
		return fmt.Errorf("its record: %w", err)
	}
	if r.Norm, err = attack.ParseNorm(j.Norm); err != nil {
		return fmt.Errorf("its record: %w", err)
	}
	if r.Eps, err = strconv.ParseFloat(j.Eps, 64); err != nil || !(r.Eps >= 0) {
		return fmt.Errorf("its record: eps is %q", j.Eps)
	}
	switch j.At {
	case "model":
		r.AtModel = true
	case "file":
	default:
		return fmt.Errorf("its record: what was attacked is %q, want file or model", j.At)
	}
	return nil
}
