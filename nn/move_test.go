package nn

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// each calls f for every index of a shape, in row-major order.
func each(shape []int, f func(at []int)) {
	at := make([]int, len(shape))
	for range tensor.Size(shape) {
		f(at)
		for d := len(at) - 1; d >= 0; d-- {
			if at[d]++; at[d] < shape[d] {
				break
			}
			at[d] = 0
		}
	}
}

func flat(shape, at []int) int {
	i := 0
	for d, n := range shape {
		i = i*n + at[d]
	}
	return i
}

// TestConcatAgainstDefinition: index by index, along every axis, with constants for some
// parts or none. Those along axes behind the batch's are the same for both examples.
func TestConcatAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	for axis := range 4 {
		for _, constant := range [][]bool{{false, false, false}, {true, false, false}, {false, true, true}} {
			l := &Concat{Axis: axis}
			var in [][]int
			parts := make([]*tensor.Tensor, 3)
			for k, n := range []int{2, 1, 4} {
				s := []int{2, 3, 5, 4}
				s[axis] = n
				if !constant[k] {
					in = append(in, s)
					continue
				}
				if axis > 0 {
					s[0] = 1
				}
				parts[k] = randomTensor(r, s...)
			}
			if slices.Contains(constant, true) {
				l.Const = slices.Clone(parts)
			}
			b := newBench(t, l, in, 1)
			fill(r, b.x, normal)
			next := 0
			for k := range parts {
				if !constant[k] {
					parts[k] = b.x[next]
					next++
				}
			}
			y := b.forward()[0]
			each(y.Shape, func(at []int) {
				from, k := slices.Clone(at), 0
				for from[axis] >= parts[k].Shape[axis] {
					from[axis] -= parts[k].Shape[axis]
					k++
				}
				if constant[k] && axis > 0 {
					from[0] = 0
				}
				if got, want := y.Data[flat(y.Shape, at)], parts[k].Data[flat(parts[k].Shape, from)]; got != want {
					t.Fatalf("axis %d: value at %v is %g, want %g from part %d", axis, at, got, want, k)
				}
			})
		}
	}
}

// TestSliceUndoesConcat, in values and in gradients.
func TestSliceUndoesConcat(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 2))
	for axis := 1; axis <= 3; axis++ {
		shape := []int{2, 6, 7, 8}
		cut := newBench(t, &Slice{Axis: axis, Points: []int{1, 4}}, [][]int{shape}, 1)
		fill(r, cut.x, normal)
		parts := cut.forward()
		var shapes [][]int
		for _, p := range parts {
			shapes = append(shapes, p.Shape)
		}
		join := newBench(t, &Concat{Axis: axis - 4}, shapes, 1)
		for i, p := range parts {
			copy(join.x[i].Data, p.Data)
		}
		dy := randomTensor(r, shape...)
		y, dparts := join.run([][]float32{dy.Data})
		if firstDifference(y[0], cut.x[0].Data) >= 0 {
			t.Errorf("axis %d: joined parts differ from the whole", axis)
		}
		if dx := cut.backward(dparts, 0); firstDifference(dx[0].Data, dy.Data) >= 0 {
			t.Errorf("axis %d: the gradient does not come back as it went in", axis)
		}
	}
}

func TestReshapeShapes(t *testing.T) {
	for _, c := range []struct {
		l        Layer
		in, want []int
	}{
		{&Reshape{Dims: []int{0, -1}, NumAxes: -1}, []int{2, 3, 4, 5}, []int{2, 60}},
		{&Reshape{Dims: []int{0, 0, 20}, NumAxes: -1}, []int{2, 3, 4, 5}, []int{2, 3, 20}},
		{&Reshape{Dims: []int{-1, 60}, NumAxes: -1}, []int{2, 3, 4, 5}, []int{2, 60}},
		{&Reshape{Dims: []int{0, 60, 1, 1}, NumAxes: -1}, []int{2, 3, 4, 5}, []int{2, 60, 1, 1}},
		{&Reshape{Dims: []int{6, -1}, Axis: 1, NumAxes: 2}, []int{2, 3, 4, 5}, []int{2, 6, 2, 5}},
		{&Reshape{Dims: []int{1, 1}, Axis: -1, NumAxes: -1}, []int{2, 3}, []int{2, 3, 1, 1}},
		{&Reshape{Dims: []int{1}, Axis: 1, NumAxes: 0}, []int{2, 3, 4}, []int{2, 1, 3, 4}},
		{&Reshape{Axis: 2, NumAxes: 1}, []int{2, 3, 1}, []int{2, 3}},
		{&Flatten{Axis: 1, EndAxis: -1}, []int{2, 3, 4, 5}, []int{2, 60}},
		{&Flatten{Axis: -2, EndAxis: 3}, []int{2, 3, 4, 5}, []int{2, 3, 20}},
		{&Flatten{Axis: 1, EndAxis: 2}, []int{2, 3, 4, 5}, []int{2, 12, 5}},
		{&Flatten{Axis: 1, EndAxis: 1}, []int{2, 3}, []int{2, 3}},
	} {
		got, err := c.l.OutShapes([][]int{c.in})
		if err != nil || !slices.Equal(got[0], c.want) {
			t.Errorf("%+v makes %v of %v, error %v; want %v", c.l, got, c.in, err, c.want)
		}
	}
}

// TestLayersRefuse: one clear error that says what is wrong, and no panic.
func TestLayersRefuse(t *testing.T) {
	const huge = 1 << 62
	one := func(s ...int) [][]int { return [][]int{s} }
	for name, c := range map[string]struct {
		l    Layer
		in   [][]int
		says string
	}{
		"ReLU slope":            {&ReLU{Slope: nan32}, one(1, 2), "NaN"},
		"ReLU inputs":           {&ReLU{}, [][]int{{1, 2}, {1, 2}}, "takes 1 input(s), got 2"},
		"ReLU input":            {&ReLU{}, one(), "at least 1 dimensions"},
		"ReLU shape":            {&ReLU{}, one(1, -2), "[1 -2]"},
		"ReLU size":             {&ReLU{}, one(1, huge, huge), "at most"},
		"PReLU slopes":          {&PReLU{Slope: make([]float32, 2)}, one(1, 3, 4, 4), "2 slopes, got input of shape [1 3 4 4]: want 1 or 3"},
		"PReLU without slopes":  {&PReLU{}, one(1, 3), "0 slopes"},
		"PReLU NaN":             {&PReLU{Slope: []float32{1, nan32, 1}}, one(1, 3), "NaN"},
		"PReLU input":           {&PReLU{Slope: make([]float32, 1)}, one(3), "[3]"},
		"ELU alpha":             {&ELU{Alpha: -1}, one(1, 2), "alpha of -1"},
		"ELU NaN":               {&ELU{Alpha: nan32}, one(1, 2), "NaN"},
		"Sigmoid inputs":        {&Sigmoid{}, nil, "got 0"},
		"TanH inputs":           {&TanH{}, nil, "got 0"},
		"Power NaN":             {&Power{Power: nan32}, one(1, 2), "NaN"},
		"Affine scales":         {&Affine{Scale: make([]float32, 2)}, one(1, 3, 4, 4), "[1 3 4 4]: want 3"},
		"Affine shifts":         {&Affine{Shift: make([]float32, 4)}, one(1, 3), "4 shifts"},
		"Affine input":          {&Affine{}, one(3), "at least 2 dimensions"},
		"Eltwise operation":     {&Eltwise{Op: 7}, one(1, 2), "unknown operation 7"},
		"Eltwise inputs":        {&Eltwise{}, nil, "at least 1 input"},
		"Eltwise shapes":        {&Eltwise{}, [][]int{{1, 2, 3}, {1, 2, 3}, {1, 3, 2}}, "got [1 2 3] first and [1 3 2] as number 3"},
		"Eltwise coefficients":  {&Eltwise{Coeff: make([]float32, 3)}, [][]int{{1, 2}, {1, 2}}, "3 coefficients and 2 inputs"},
		"Eltwise weighted max":  {&Eltwise{Op: Max, Coeff: make([]float32, 2)}, [][]int{{1, 2}, {1, 2}}, "coefficients"},
		"Eltwise NaN":           {&Eltwise{Coeff: []float32{1, nan32}}, [][]int{{1, 2}, {1, 2}}, "NaN"},
		"Concat batch":          {&Concat{}, [][]int{{1, 2}, {1, 3}}, "got [1 2] first and [1 3] as number 2"},
		"Concat axis":           {&Concat{Axis: 4}, [][]int{{1, 2}, {1, 2}}, "axis 4"},
		"Concat negative axis":  {&Concat{Axis: -huge}, [][]int{{1, 2}, {1, 2}}, "axis -"},
		"Concat constant":       {&Concat{Axis: 1, Const: []*tensor.Tensor{nil, tensor.New(1, 2, 4)}}, one(1, 2, 3), "got [1 2 3] first and [1 2 4] as number 2"},
		"Concat few inputs":     {&Concat{Axis: 1, Const: make([]*tensor.Tensor, 2)}, one(1, 2), "1 inputs that do not fit in"},
		"Concat many inputs":    {&Concat{Axis: 1, Const: make([]*tensor.Tensor, 1)}, [][]int{{1, 2}, {1, 2}}, "1 too many"},
		"Concat empty constant": {&Concat{Axis: 1, Const: []*tensor.Tensor{nil, claim(1, 0)}}, one(1, 2), "constant of shape [1 0]"},
		"Concat number":         {&Concat{Axis: 1, Const: []*tensor.Tensor{nil, claim()}}, one(1, 2), "do not fit in"},
		"Transpose few":         {&Transpose{Perm: []int{0, 1}}, one(1, 2, 3), "want each of its 3 axes once"},
		"Transpose many":        {&Transpose{Perm: []int{0, 1, 2, 3}}, one(1, 2, 3), "want each"},
		"Transpose twice":       {&Transpose{Perm: []int{0, 1, 1}}, one(1, 2, 3), "want each"},
		"Transpose negative":    {&Transpose{Perm: []int{0, -huge}}, one(1, 2), "want each"},
		"Transpose nothing":     {&Transpose{}, one(1), "want each"},
		"View size":             {&View{Dims: []int{1, 7}}, one(1, 6), "6 values do not fill them"},
		"View remainder":        {&View{Dims: []int{-1, 4}}, one(1, 6), "do not fill"},
		"View two unknown":      {&View{Dims: []int{-1, -1}}, one(1, 6), "-1 once"},
		"View nothing there":    {&View{Dims: []int{6, 1, 0}}, one(1, 6), "one to copy"},
		"View negative":         {&View{Dims: []int{-huge, 6}}, one(1, 6), "want positive ones"},
		"View overflow":         {&View{Dims: []int{huge, huge, -1}}, one(1, 6), "do not fill"},
		"View number":           {&View{}, one(1, 2), "do not fill"},
		"Expand shape":          {&Expand{Shape: []int{3, 1}}, one(1, 2, 4), "want axes of equal length"},
		"Expand to nothing":     {&Expand{Shape: []int{0}}, one(1, 1), "want axes of equal length"},
		"Expand overflow":       {&Expand{Shape: []int{huge, huge, 1}}, one(1, 2), "at most"},
		"Tile axes":             {&Tile{Repeats: []int{1}}, one(1, 2), "each of 2 axes"},
		"Tile no axes":          {&Tile{}, one(1, 2), "each of 2 axes"},
		"Tile nothing":          {&Tile{Repeats: []int{1, 0}}, one(1, 2), "1 or more"},
		"Tile overflow":         {&Tile{Repeats: []int{1 << 28, 1 << 28}}, one(1, 2), "at most"},
		"Tile huge":             {&Tile{Repeats: []int{1, huge}}, one(1, 8), "1 or more"},
		"Gather axis":           {&Gather{Axis: -3, Indices: []int{0}}, one(1, 2), "axis -3"},
		"Gather beyond":         {&Gather{Axis: 1, Indices: []int{2}}, one(1, 2), "place 2, got input of shape [1 2]: axis 1 has 2"},
		"Gather negative":       {&Gather{Axis: 1, Indices: []int{-huge}}, one(1, 2), "place -"},
		"Gather shape":          {&Gather{Axis: 1, Indices: []int{0, 1}, IndexShape: []int{huge, huge}}, one(1, 2), "2 indices"},
		"Gather nothing":        {&Gather{Axis: 1, IndexShape: []int{0}}, one(1, 2), "positive dimensions"},
		"Crop numbers":          {&Crop{Starts: []int{0, 0}, Ends: []int{1}}, one(1, 2), "2 starts, 1 ends"},
		"Crop axis":             {&Crop{Starts: []int{0}, Ends: []int{1}, Axes: []int{2}}, one(1, 2), "axis 2"},
		"Crop axes":             {&Crop{Starts: []int{0, 0}, Ends: []int{1, 1}, Axes: []int{1, -1}}, one(1, 2), "each once"},
		"Crop step":             {&Crop{Starts: []int{0}, Ends: []int{1}, Steps: []int{0}}, one(1, 2), "no step of 0"},
		"Crop nothing":          {&Crop{Starts: []int{2}, Ends: []int{huge}, Axes: []int{1}}, one(1, 2), "[1 0]"},
		"Crop backwards":        {&Crop{Starts: []int{0}, Ends: []int{huge}, Steps: []int{-2 * huge}, Axes: []int{1}}, one(1, 2), "[1 0]"},
		"Pad mode":              {&Pad{Mode: 3, Before: []int{0, 0}, After: []int{0, 0}}, one(1, 2), "unknown mode 3"},
		"Pad axes":              {&Pad{Before: []int{0, 0}, After: []int{0}}, one(1, 2), "each of 2 axes"},
		"Pad huge":              {&Pad{Before: []int{0, huge}, After: []int{0, huge}}, one(1, 2), "by 4611686018427387904"},
		"Pad overflow":          {&Pad{Before: []int{1 << 28, 1 << 28}, After: []int{0, 0}}, one(1, 2), "at most"},
		"Pad minus huge":        {&Pad{Before: []int{0, -2 * huge}, After: []int{0, 1}}, one(1, 2), "axis 1 by -"},
		"Pad cut off":           {&Pad{Before: []int{0, -1}, After: []int{0, -1}}, one(1, 2), "too few"},
		"Pad reflect":           {&Pad{Mode: PadReflect, Before: []int{0, 2}, After: []int{0, 0}}, one(1, 2), "too few"},
		"Pad reflect, cut off":  {&Pad{Mode: PadReflect, Before: []int{0, 1}, After: []int{0, -1}}, one(1, 2), "too few"},
		"Resize dimensions":     {&Resize{Size: [2]int{2, 2}}, one(2, 2), "at least 3 dimensions"},
		"Resize modes":          {&Resize{Coordinates: 4}, one(1, 2, 2), "mode 4"},
		"Resize roundings":      {&Resize{Nearest: -1}, one(1, 2, 2), "mode -1"},
		"Resize to nothing":     {&Resize{Scale: [2]float32{1, 0.4}}, one(1, 2, 2), "at least one place"},
		"Resize NaN":            {&Resize{Scale: [2]float32{1, nan32}}, one(1, 2, 2), "at least one place"},
		"Resize negative":       {&Resize{Size: [2]int{2, -2}, Scale: [2]float32{1, 1}}, one(1, 2, 2), "at least one place"},
		"Resize overflow":       {&Resize{Size: [2]int{huge, huge}}, one(1, 2, 2), "at most"},
		"Resize large":          {&Resize{Scale: [2]float32{1e30, 1}}, one(1, 2, 2), "at least one place"},
		"Concat shapes":         {&Concat{Axis: 1}, [][]int{{1, 2, 3}, {1, 2, 4}}, "got [1 2 3] first and [1 2 4] as number 2"},
		"Concat dimensions":     {&Concat{Axis: 1}, [][]int{{1, 2, 3}, {1, 2}}, "[1 2] as number 2"},
		"Concat nothing":        {&Concat{Axis: 1}, nil, "at least 1 input"},
		"Slice batch":           {&Slice{Points: []int{1}}, one(2, 4), "is the batch"},
		"Slice falling":         {&Slice{Axis: 1, Points: []int{2, 1}}, one(1, 4), "points [2 1], got input of shape [1 4]"},
		"Slice at 0":            {&Slice{Axis: 1, Points: []int{0}}, one(1, 4), "rising points"},
		"Slice at the end":      {&Slice{Axis: 1, Points: []int{4}}, one(1, 4), "rising points"},
		"Slice beyond":          {&Slice{Axis: 1, Points: []int{huge}}, one(1, 4), "rising points"},
		"Slice negative":        {&Slice{Axis: 1, Points: []int{-huge}}, one(1, 4), "rising points"},
		"Slice too often":       {&Slice{Axis: 1, Points: []int{1, 2, 3, 4}}, one(1, 4), "room for 3"},
		"Flatten batch":         {&Flatten{EndAxis: -1}, one(1, 2, 3), "is the batch"},
		"Flatten order":         {&Flatten{Axis: 2, EndAxis: 1}, one(1, 2, 3), "axes 2 to 1 of shape [1 2 3]"},
		"Flatten axis":          {&Flatten{Axis: 1, EndAxis: 3}, one(1, 2, 3), "axis 3"},
		"Reshape size":          {&Reshape{Dims: []int{0, 7}, NumAxes: -1}, one(1, 2, 3), "dimensions [0 7] of shape [1 2 3]"},
		"Reshape remainder":     {&Reshape{Dims: []int{0, 4, -1}, NumAxes: -1}, one(1, 2, 3), "do not fill"},
		"Reshape two unknown":   {&Reshape{Dims: []int{-1, -1}, NumAxes: -1}, one(1, 2, 3), "-1 once"},
		"Reshape nothing there": {&Reshape{Dims: []int{0, 6, 0, 0}, NumAxes: -1}, one(1, 2, 3), "one to copy"},
		"Reshape negative":      {&Reshape{Dims: []int{0, -6, -1}, NumAxes: -1}, one(1, 2, 3), "[0 -6 -1]"},
		"Reshape overflow":      {&Reshape{Dims: []int{0, huge, huge, -1}, NumAxes: -1}, one(1, 2, 3), "do not fill"},
		"Reshape batch":         {&Reshape{Dims: []int{3, 4}, NumAxes: -1}, one(2, 2, 3), "batch of 2 must stay first"},
		"Reshape to nothing":    {&Reshape{NumAxes: -1}, one(1, 1), "must stay first"},
		"Reshape axis":          {&Reshape{Dims: []int{1}, Axis: 5, NumAxes: -1}, one(1, 2, 3), "axis 5"},
		"Reshape negative axis": {&Reshape{Dims: []int{1}, Axis: -huge, NumAxes: -1}, one(1, 2, 3), "axis -"},
		"Reshape many axes":     {&Reshape{Dims: []int{1}, Axis: 1, NumAxes: 3}, one(1, 2, 3), "replaces 3 axes"},
		"Reshape minus axes":    {&Reshape{Dims: []int{1}, Axis: 1, NumAxes: -huge}, one(1, 2, 3), "replaces -"},
		"Softmax axis":          {&Softmax{Axis: 2}, one(1, 2), "axis 2 is not one of the 2 axes"},
	} {
		out, err := c.l.OutShapes(c.in)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, error %v; want one that says %q", name, out, err, c.says)
		}
	}
}
